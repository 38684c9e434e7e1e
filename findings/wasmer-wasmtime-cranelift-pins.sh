#!/usr/bin/env bash
# Wasmer 7.4.2 and Wasmtime 48.0.8 cannot be in one program: Wasmer pins the first patch release of Cranelift 0.135.
#
# Version:  wasmer 7.4.2 with its feature `cranelift`, wasmtime 48.0.8 and 48.0.0 with theirs (crates.io).
# Expected: both are made of Cranelift 0.135.x, whose patch releases are compatible by Cargo's rules, so one program can have
#           both engines, each with its newest fixes.
# Happens:  Cargo finds no versions: Wasmer asks for exactly 0.135.0, and a patch release of Wasmtime for its own or later.
#           Wasmtime 48.0.0 fits. A program with both engines goes without Wasmtime's fixes until Wasmer moves.
# Source:   Cargo.toml of wasmer-compiler-cranelift 7.4.2 (`cranelift-codegen = "=0.135.0"`) and of
#           wasmtime-internal-cranelift 48.0.8 (`^0.135.8`), as Cargo quotes them.
# For us:   the command line runs core modules on Wasmer and programs of WASI on Wasmtime, so it has Wasmtime 48.0.0.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir src
touch src/lib.rs
resolve() {
    cat > Cargo.toml <<TOML
[package]
name = "finding"
version = "0.0.0"
edition = "2021"

[dependencies]
wasmer = { version = "=7.4.2", default-features = false, features = ["sys", "cranelift"] }
wasmtime = { version = "=$1", default-features = false, features = ["runtime", "cranelift"] }
TOML
    rm -f Cargo.lock
    if cargo generate-lockfile > said 2>&1; then
        echo "wasmtime $1: resolved, with cranelift-codegen $(grep -A1 '"cranelift-codegen"' Cargo.lock | sed -n 's/version = "\(.*\)"/\1/p')"
    else
        echo "wasmtime $1: $(grep -m1 -o 'failed to select a version for .*' said | sed 's/\.$//')"
        grep -o 'required by package `[a-z-]* v[0-9.]*`' said | sort -u | grep -E 'cranelift' | head -1
    fi
}
cat > expected <<'TEXT'
wasmtime 48.0.8: failed to select a version for `cranelift-codegen`
required by package `wasmtime-internal-cranelift v48.0.8`
wasmtime 48.0.0: resolved, with cranelift-codegen 0.135.0
TEXT
{ resolve 48.0.8; resolve 48.0.0; } > seen
cat seen
diff expected seen && echo "as found"
