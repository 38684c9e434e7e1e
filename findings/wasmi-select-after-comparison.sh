#!/usr/bin/env bash
# wasmi 2.0.0: a `select` by a comparison of a local with zero gives the wrong operand.
#
# Version:  2.0.0 (crates.io), default features.
# Expected: `select` gives its first operand if the condition is not zero, otherwise the second one (core specification
#           1.0, 4.4.2).
# Happens:  after `i32.eqz`, `i32.eq` or `i32.ne` with the constant 0, the register for integers chooses the operand and
#           not the compared local. Comparisons of a computed value, with other constants and of other types are right,
#           and so are `if` and `br_if` after the same comparison.
# Source:   src/engine/translator/func/mod.rs, translate_select: try_fuse_select lets the comparison be dropped, also as
#           I32Eq_Rsi and I32NotEq_Rsi, whose operand is in a slot. The encoded select still reads its condition from
#           the register of the comparison's result, which is not written any more.
# For us:   host-embedded refuses a module with such a `select` by name. LLVM emits none.
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
wasmi = "=2.0.0"
wat = "=1.253.0"
TOML
cat > src/main.rs <<'RUST'
use wasmi::{Engine, Linker, Module, Store};

/// The condition, and for which arguments it holds.
const SHAPES: [(&str, fn(i32) -> bool); 6] = [
    ("(i32.eqz (local.get 0))", |x| x == 0),
    ("(i32.eq (local.get 0) (i32.const 0))", |x| x == 0),
    ("(i32.ne (local.get 0) (i32.const 0))", |x| x != 0),
    ("(i32.eq (local.get 0) (i32.const 1))", |x| x == 1),
    ("(i32.eqz (i32.mul (local.get 0) (i32.const 1)))", |x| x == 0),
    ("(i64.eqz (i64.extend_i32_u (local.get 0)))", |x| x == 0),
];

fn main() {
    for (condition, holds) in SHAPES {
        println!("{condition}");
        for (name, body) in [
            ("select", format!("(select (i32.const 7) (i32.const 9) {condition})")),
            ("if", format!("(if (result i32) {condition} (then (i32.const 7)) (else (i32.const 9)))")),
        ] {
            let wat = format!(r#"(module (func (export "f") (param i32) (result i32) {body}))"#);
            let engine = Engine::default();
            let module = Module::new(&engine, wat::parse_str(&wat).unwrap()).unwrap();
            let mut store = Store::new(&engine, ());
            let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
            let f = instance.get_typed_func::<i32, i32>(&store, "f").unwrap();
            for x in [0, 1] {
                let right = if holds(x) { 7 } else { 9 };
                println!("  {name} of {x}: right {right}, wasmi {}", f.call(&mut store, x).unwrap());
            }
        }
    }
}
RUST
cat > expected <<'TEXT'
(i32.eqz (local.get 0))
  select of 0: right 7, wasmi 7
  select of 1: right 9, wasmi 7
  if of 0: right 7, wasmi 7
  if of 1: right 9, wasmi 9
(i32.eq (local.get 0) (i32.const 0))
  select of 0: right 7, wasmi 7
  select of 1: right 9, wasmi 7
  if of 0: right 7, wasmi 7
  if of 1: right 9, wasmi 9
(i32.ne (local.get 0) (i32.const 0))
  select of 0: right 9, wasmi 9
  select of 1: right 7, wasmi 9
  if of 0: right 9, wasmi 9
  if of 1: right 7, wasmi 7
(i32.eq (local.get 0) (i32.const 1))
  select of 0: right 9, wasmi 9
  select of 1: right 7, wasmi 7
  if of 0: right 9, wasmi 9
  if of 1: right 7, wasmi 7
(i32.eqz (i32.mul (local.get 0) (i32.const 1)))
  select of 0: right 7, wasmi 7
  select of 1: right 9, wasmi 9
  if of 0: right 7, wasmi 7
  if of 1: right 9, wasmi 9
(i64.eqz (i64.extend_i32_u (local.get 0)))
  select of 0: right 7, wasmi 7
  select of 1: right 9, wasmi 9
  if of 0: right 7, wasmi 7
  if of 1: right 9, wasmi 9
TEXT
cargo run --quiet > seen
cat seen
diff expected seen && echo "as found"
