#!/usr/bin/env bash
# zig 0.17.1: its own WebAssembly linker and its own code generator lose custom sections, and say nothing.
#
# Version:  ziglang 0.17.1 (PyPI), target wasm32-freestanding. The linker is chosen by -fno-lld, the generator by -fno-llvm.
# Expected: the linked module has the custom sections of its object files; those of one name are concatenated (WebAssembly
#           tool-conventions, Linking.md, "Merging Custom Sections"). Top-level assembly that is not assembled is an error.
# Happens:  with LLVM and lld, the default, the section is there. With -fno-lld the object file has it and the module has
#           not, whether it was written in Zig or in C. With -fno-llvm the top-level assembly is skipped. Both exit with 0.
#           With -fno-lld and -mcpu=mvp nothing is linked at all: LLVM writes no list of features when there are none,
#           and the linker refuses an object without one (MissingFeatures).
# Source:   src/link/Wasm/Object.zig, in older releases too: `opt_features orelse return error.MissingFeatures`. Which line
#           loses the section was not looked for.
# For us:   the description of a guest is a custom section: docs/ABI.md says to build with the defaults.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir ziglang==0.17.1
cat > in_zig.zig <<'ZIG'
export fn f(a: u32) u32 {
    return a +% 1;
}
comptime {
    asm (
        \\.section .custom_section.note,"",@
        \\.ascii "hello"
        \\.text
    );
}
ZIG
cat > in_c.c <<'C'
__asm__(".section .custom_section.note,\"\",@\n.ascii \"hello\"\n.text\n");
__attribute__((export_name("f"))) unsigned f(unsigned a) { return a + 1; }
C
cat > custom.py <<'PYTHON'
import sys

def leb(at):
    value = shift = 0
    while True:
        byte = wasm[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at

wasm, at, found = open(sys.argv[1], "rb").read(), 8, False
while at < len(wasm):
    kind = wasm[at]
    size, start = leb(at + 1)
    at = start + size
    if kind == 0:
        length, name = leb(start)
        found |= wasm[name:at] == b"notehello"
print("the section is there" if found else "there is no such section")
PYTHON
try() {
    local source=$1 what
    shift
    echo "$source${*:+ $*}"
    rm -f out.wasm
    if what=$(venv/bin/python3 -m ziglang build-exe "$source" -target wasm32-freestanding -OReleaseSmall -fno-entry -rdynamic \
        -fstrip --cache-dir cache --global-cache-dir cache -femit-bin=out.wasm "$@" 2>&1); then
        echo "  exit 0, $(python3 custom.py out.wasm)"
    else
        echo "  $(head -n 1 <<< "$what")"
    fi
}
{
    try in_zig.zig
    try in_zig.zig -fno-lld
    try in_zig.zig -fno-llvm
    try in_c.c
    try in_c.c -fno-lld
    try in_zig.zig -mcpu=mvp
    try in_zig.zig -mcpu=mvp -fno-lld
} > seen
cat > expected <<'TEXT'
in_zig.zig
  exit 0, the section is there
in_zig.zig -fno-lld
  exit 0, there is no such section
in_zig.zig -fno-llvm
  exit 0, there is no such section
in_c.c
  exit 0, the section is there
in_c.c -fno-lld
  exit 0, there is no such section
in_zig.zig -mcpu=mvp
  exit 0, the section is there
in_zig.zig -mcpu=mvp -fno-lld
  error: failed to parse object: MissingFeatures
TEXT
cat seen
diff expected seen && echo "as found"
