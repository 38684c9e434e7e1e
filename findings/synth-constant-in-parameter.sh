#!/usr/bin/env bash
# synth 0.89.0: a constant takes the register of a parameter that is still used, so that a loop does not end.
#
# Version:  synth-cli 0.89.0 (crates.io), target cortex-m3, --relocatable.
# Expected: the parameter of `mix` counts a loop down. It is in register 0, and the loop ends when it is 0.
# Happens:  within the loop `movw r0, #0` puts the constant of two subtractions there. The count is 0 at the end of each iteration, less 1 is
#           not 0, and the loop goes on for ever. Without optimisation (--no-optimize) the same happens.
# Source:   not looked for. The function has more live values than registers.
# For us:   `cargo xtask translators` runs what synth makes, for as long as it may take. The mixer of examples/failsafe is not concerned: this
#           is it with a shift by 14 in place of 15.
#
# SYNTH names the program: `cargo install synth-cli --version 0.89.0`.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
base64 -d << 'END' | gunzip > mix.wasm
H4sIAAAAAAACA3WRv0oDQRDGd2bvbi85E2OdZm6fJNOFPIWWbi5VPJWAXEpBFCzyBiLYqk20sVcQbCxFJP4pfAGbOLtRsDDFHsN8v++7mV21MR
yAUgoSWIcKKo2gjAE92NxVqn4QwX4EWYUd7JBqKFY5rEDGkKMvdYfncyDks+nzFAo+f7i5ihy3SquleXz/dqsKvjydPY6cjXw7ZkVyem2bOCmR
D+9mgjy9Xr/o4DPc3Opzs7SpE3UyOfkaFfzxeXG05yzyWmlrzsZkKHG2LgH6F88ciWJINAmvUZ304getkhsLBJ1MVSMd9FQSSEzSTKSZSDPt5y
hbpn6lnl/Vz0ohsisqaTHpUCXe7qu+JKHYsdsWn6yVYyaqDxVzslg0XFH4dtv8bgoej8Hx6rbUTkL9WGETD+sA6yWw8bAR2ATYBNgsgWMPY7gD
D+PPS/0PA8c7w78nB4pyJMWVs/LuWUaQfQNEUaRuKwIAAA==
END
"${SYNTH:-synth}" compile mix.wasm -o mix.o --target cortex-m3 --relocatable --safety-bounds software --all-exports > /dev/null
arm-none-eabi-objdump -d -M force-thumb mix.o > mix.txt
echo "writes to register 0 in the loop, before the count is taken from it:"
grep -E "movw\s+r0, #0" mix.txt
grep -E "adds\s+r[0-9], r0, r[0-9]" mix.txt
