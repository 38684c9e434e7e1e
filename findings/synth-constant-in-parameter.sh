#!/usr/bin/env bash
# synth 0.89.0: a constant takes the register of a parameter that is still used, so that a loop does not end.
#
# Version:  synth-cli 0.89.0 (crates.io), target cortex-m3, --relocatable.
# Expected: the parameter of `mix` counts a loop down. It is in register 0, and the loop ends when it is 0.
# Happens:  within the loop `movw r0, #0` puts the constant of two subtractions there. The count is 0 at the end of each iteration, less 1 is
#           not 0, and the loop does not end. Without optimisation (--no-optimize) the same happens.
# Source:   not looked for. The function has more live values than registers.
# For us:   `cargo xtask translators` runs what synth makes, for as long as it may take. The mixer of examples/failsafe is not concerned: this
#           is it with a shift by 14 in place of 15.
#
# It installs synth, which takes minutes; or SYNTH names the program. arm-none-eabi-objdump is of Debian's binutils.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > mix.wat << 'END'
(module
  (type (;0;) (func (param i32) (result i32)))
  (func (;0;) (type 0) (param i32) (result i32)
    (local i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
    (block  ;; label = @1
      (block  ;; label = @2
        (br_if 0 (;@2;)
          (local.get 0))
        (local.set 1
          (i32.const 0))
        (br 1 (;@1;)))
      (local.set 2
        (i32.const 1))
      (local.set 1
        (i32.const 0))
      (loop  ;; label = @2
        (local.set 2
          (i32.sub
            (i32.const 32767)
            (local.tee 8
              (select
                (local.tee 9
                  (select
                    (local.tee 9
                      (select
                        (local.tee 5
                          (i32.add
                            (i32.add
                              (i32.add
                                (local.tee 3
                                  (i32.shr_s
                                    (i32.add
                                      (i32.mul
                                        (local.get 2)
                                        (i32.const 389569705))
                                      (i32.const 1196435762))
                                    (i32.const 16)))
                                (local.tee 6
                                  (select
                                    (local.tee 5
                                      (i32.shr_s
                                        (local.tee 4
                                          (i32.add
                                            (i32.mul
                                              (local.get 2)
                                              (i32.const 158984081))
                                            (i32.const -1426500812)))
                                        (i32.const 16)))
                                    (i32.const 0)
                                    (i32.gt_s
                                      (local.get 5)
                                      (i32.const 0)))))
                              (local.tee 8
                                (i32.shr_s
                                  (i32.sub
                                    (i32.const 0)
                                    (i32.shl
                                      (local.tee 7
                                        (i32.shr_s
                                          (i32.add
                                            (i32.mul
                                              (local.get 2)
                                              (i32.const 1664525))
                                            (i32.const 1013904223))
                                          (i32.const 16)))
                                      (i32.const 14)))
                                  (i32.const 14))))
                            (local.tee 9
                              (i32.shr_s
                                (local.tee 2
                                  (i32.add
                                    (i32.mul
                                      (local.get 2)
                                      (i32.const -1354167659))
                                    (i32.const -775096599)))
                                (i32.const 17)))))
                        (local.tee 7
                          (i32.add
                            (i32.add
                              (local.tee 10
                                (i32.add
                                  (local.get 7)
                                  (local.get 6)))
                              (local.tee 11
                                (i32.shr_s
                                  (i32.sub
                                    (i32.const 0)
                                    (i32.shl
                                      (local.get 3)
                                      (i32.const 14)))
                                  (i32.const 14))))
                            (local.get 9)))
                        (i32.gt_s
                          (local.get 5)
                          (local.get 7))))
                    (local.tee 3
                      (i32.add
                        (i32.add
                          (local.get 10)
                          (local.get 3))
                        (local.tee 2
                          (i32.shr_s
                            (i32.sub
                              (i32.const 0)
                              (i32.shl
                                (i32.shr_s
                                  (local.get 2)
                                  (i32.const 16))
                                (i32.const 13)))
                            (i32.const 14)))))
                    (i32.gt_s
                      (local.get 9)
                      (local.get 3))))
                (local.tee 6
                  (i32.add
                    (i32.add
                      (i32.add
                        (local.get 8)
                        (local.get 6))
                      (local.get 11))
                    (local.get 2)))
                (i32.gt_s
                  (local.get 9)
                  (local.get 6))))))
        (block  ;; label = @3
          (br_if 0 (;@3;)
            (i32.gt_s
              (local.get 8)
              (i32.const 32767)))
          (local.set 2
            (select
              (i32.const 0)
              (select
                (local.tee 9
                  (i32.sub
                    (i32.const 0)
                    (local.tee 8
                      (select
                        (local.tee 8
                          (select
                            (local.tee 8
                              (select
                                (local.get 5)
                                (local.get 7)
                                (i32.lt_s
                                  (local.get 5)
                                  (local.get 7))))
                            (local.get 3)
                            (i32.lt_s
                              (local.get 8)
                              (local.get 3))))
                        (local.get 6)
                        (i32.lt_s
                          (local.get 8)
                          (local.get 6))))))
                (local.get 2)
                (i32.lt_s
                  (local.get 9)
                  (local.get 2)))
              (i32.gt_s
                (local.get 8)
                (i32.const 0)))))
        (local.set 1
          (i32.xor
            (i32.add
              (i32.shr_u
                (i32.add
                  (i32.mul
                    (select
                      (local.tee 6
                        (select
                          (local.tee 6
                            (i32.add
                              (local.get 6)
                              (local.get 2)))
                          (i32.const 0)
                          (i32.gt_s
                            (local.get 6)
                            (i32.const 0))))
                      (i32.const 32767)
                      (i32.lt_s
                        (local.get 6)
                        (i32.const 32767)))
                    (i32.const 1000))
                  (i32.const 16384))
                (i32.const 15))
              (i32.const 1000))
            (i32.rotl
              (i32.xor
                (i32.add
                  (i32.shr_u
                    (i32.add
                      (i32.mul
                        (select
                          (local.tee 3
                            (select
                              (local.tee 3
                                (i32.add
                                  (local.get 3)
                                  (local.get 2)))
                              (i32.const 0)
                              (i32.gt_s
                                (local.get 3)
                                (i32.const 0))))
                          (i32.const 32767)
                          (i32.lt_s
                            (local.get 3)
                            (i32.const 32767)))
                        (i32.const 1000))
                      (i32.const 16384))
                    (i32.const 15))
                  (i32.const 1000))
                (i32.rotl
                  (i32.xor
                    (i32.add
                      (i32.shr_u
                        (i32.add
                          (i32.mul
                            (select
                              (local.tee 7
                                (select
                                  (local.tee 7
                                    (i32.add
                                      (local.get 7)
                                      (local.get 2)))
                                  (i32.const 0)
                                  (i32.gt_s
                                    (local.get 7)
                                    (i32.const 0))))
                              (i32.const 32767)
                              (i32.lt_s
                                (local.get 7)
                                (i32.const 32767)))
                            (i32.const 1000))
                          (i32.const 16384))
                        (i32.const 15))
                      (i32.const 1000))
                    (i32.rotl
                      (i32.xor
                        (i32.add
                          (i32.shr_u
                            (i32.add
                              (i32.mul
                                (select
                                  (local.tee 2
                                    (select
                                      (local.tee 2
                                        (i32.add
                                          (local.get 5)
                                          (local.get 2)))
                                      (i32.const 0)
                                      (i32.gt_s
                                        (local.get 2)
                                        (i32.const 0))))
                                  (i32.const 32767)
                                  (i32.lt_s
                                    (local.get 2)
                                    (i32.const 32767)))
                                (i32.const 1000))
                              (i32.const 16384))
                            (i32.const 15))
                          (i32.const 1000))
                        (i32.rotl
                          (local.get 1)
                          (i32.const 5)))
                      (i32.const 5)))
                  (i32.const 5)))
              (i32.const 5))))
        (local.set 2
          (local.get 4))
        (br_if 0 (;@2;)
          (local.tee 0
            (i32.add
              (local.get 0)
              (i32.const -1))))))
    (local.get 1))
  (export "mix" (func 0)))
END
if [ -z "${SYNTH:-}" ]; then
    cargo install --quiet --locked synth-cli --version 0.89.0 --root "$dir"
    SYNTH="$dir/bin/synth"
fi
"$SYNTH" compile mix.wat -o mix.o --target cortex-m3 --relocatable --safety-bounds software --all-exports > /dev/null
arm-none-eabi-objdump -d -M force-thumb mix.o > mix.txt
echo "writes to register 0 in the loop, before the count is taken from it:"
grep -E "movw\s+r0, #0" mix.txt
grep -E "adds\s+r[0-9], r0, r[0-9]" mix.txt
