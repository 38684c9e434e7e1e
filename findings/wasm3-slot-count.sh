#!/usr/bin/env bash
# wasm3 0.9.0 with slots of 32 bits: a copy of a 64-bit variable is overwritten after its first use.
#
# Version:  C core 0.9.0, from crate wasm3x-sys 0.2.1 (crates.io), compiled with d_m3Use32BitSlots 1. Needs a C compiler.
# Expected: operands on the stack keep their values until they are used (core specification 1.0, 4.4.5).
# Happens:  `local.set` of a variable whose old value is on the operand stack several times moves that value into two free
#           slots. Both are marked as used once; each further operand adds 1 to the first slot only, and each use takes 1
#           from both. After the first use the second slot counts as free, and the next integer overwrites half of the
#           value. With slots of 64 bits, the default where pointers have 64, nothing is wrong.
# Source:   m3_compile.c, FindReferencedLocalWithinCurrentBlock, IncrementSlotUsageCount and DeallocateSlot.
# For us:   `crates/wasm3-sys` counts both slots; `host-embedded/tests/wasm3/refusals.rs` has the module.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"

[dependencies]
wat = "=1.253.0"

# Only its C sources are of interest.
[target.'cfg(any())'.dependencies]
wasm3x-sys = "=0.2.1"
TOML
cat > src/main.rs <<'RUST'
/// Three operands are the old value of $x, 3; one is used, two integers are computed, and the other two are added.
const WAT: &str = r#"(module
  (global $used (mut f64) (f64.const 0)) (global $other (mut i32) (i32.const 0))
  (func (export "f") (param $zero i32) (result f64) (local $x f64)
    (local.set $x (f64.convert_i32_s (i32.add (local.get $zero) (i32.const 3))))
    local.get $x local.get $x local.get $x
    (local.set $x (f64.const 9))
    global.set $used
    (i32.add (local.get $zero) (i32.const -1)) (i32.add (local.get $zero) (i32.const -1))
    i32.add global.set $other
    f64.add))"#;

fn main() {
    let bytes: Vec<String> = wat::parse_str(WAT).unwrap().iter().map(u8::to_string).collect();
    println!("static const unsigned char WASM[] = {{ {} }};", bytes.join(", "));
}
RUST
cat > main.c <<'C'
#include "wasm3.h"
#include "module.h"
#include <stdio.h>

int main(void) {
    IM3Environment environment = m3_NewEnvironment();
    IM3Runtime runtime = m3_NewRuntime(environment, 64 * 1024, NULL);
    IM3Module module = NULL;
    IM3Function function = NULL;
    M3Result result = m3_ParseModule(environment, &module, WASM, sizeof WASM);
    if (!result) result = m3_LoadModule(runtime, module);
    if (!result) result = m3_FindFunction(&function, runtime, "f");
    if (!result) result = m3_CallV(function, 0);
    double sum = 0;
    if (!result) result = m3_GetResultsV(function, &sum);
    if (result) return puts(result), 1;
    printf("%d-bit slots: right 6, wasm3 %s\n", BITS, sum == 6 ? "6" : "another number");
    return 0;
}
C
cat > expected <<'TEXT'
64-bit slots: right 6, wasm3 6
32-bit slots: right 6, wasm3 another number
TEXT
cargo run --quiet > module.h
cargo vendor --quiet vendored > /dev/null
source=vendored/wasm3x-sys/wasm3/source
for bits in 64 32; do
    "${CC:-cc}" -O2 -w -DBITS=$bits -Dd_m3Use32BitSlots=$((bits == 32)) -I "$source" -I . main.c "$source"/*.c -lm -o run$bits
    ./run$bits
done > seen
cat seen
diff expected seen && echo "as found"
