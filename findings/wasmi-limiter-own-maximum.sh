#!/usr/bin/env bash
# wasmi 2.0.0: a resource limiter hears nothing of growth beyond the maximum that a memory declares, and does of a table's.
#
# Version:  2.0.0 (crates.io), default features.
# Expected: the limiter is asked about every growth. Its documentation passes it `maximum`, and says of the answer `Ok(true)`
#           that the growth still fails if `desired` exceeds `maximum`, so such a growth is one that it is asked about.
# Happens:  of a memory it is not asked, nor told that the growth failed: the guest gets -1, and a host that counts refusals
#           sees none. Of a table it is asked.
# Source:   wasmi_core 2.0.0, src/limiter.rs, ResourceLimiter::memory_growing (documentation); src/memory/mod.rs, Memory::grow
#           returns before the limiter is asked, although a comment there gives it the first look.
# For us:   `run --engine wasmi` ends a program that aborts after such a growth as a trap, and not as out of memory
#           (docs/EXIT-CODES.md).
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
wasmi_core = "=2.0.0"
wat = "=1.253.0"
TOML
cat > src/main.rs <<'RUST'
use wasmi::{Engine, Linker, Module, ResourceLimiter, Store};
use wasmi_core::LimiterError;

/// Allows two pages and two elements, and says what it hears.
struct Heard;

impl ResourceLimiter for Heard {
    fn memory_growing(&mut self, from: usize, to: usize, max: Option<usize>) -> Result<bool, LimiterError> {
        println!("  asked: memory from {from} to {to} of {max:?}");
        Ok(to <= 2 << 16)
    }

    fn table_growing(&mut self, from: usize, to: usize, max: Option<usize>) -> Result<bool, LimiterError> {
        println!("  asked: table from {from} to {to} of {max:?}");
        Ok(to <= 2)
    }

    fn memory_grow_failed(&mut self, error: &wasmi_core::MemoryError) -> Result<(), LimiterError> {
        println!("  told: {error}");
        Ok(())
    }

    fn table_grow_failed(&mut self, error: &wasmi_core::TableError) -> Result<(), LimiterError> {
        println!("  told: {error}");
        Ok(())
    }

    fn instances(&self) -> usize { 10 }
    fn tables(&self) -> usize { 10 }
    fn memories(&self) -> usize { 10 }
}

fn main() {
    let wat = r#"(module (memory 1 4) (table 1 4 funcref)
        (func (export "memory") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))"#;
    let engine = Engine::default();
    let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
    for of in ["memory", "table"] {
        for (by, what) in [(1, "allowed"), (2, "refused by the limiter"), (9, "beyond the declared maximum")] {
            let mut store = Store::new(&engine, Heard);
            println!("{of} by {by}, {what}");
            let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
            store.limiter(|heard| heard);
            let grow = instance.get_typed_func::<i32, i32>(&store, of).unwrap();
            println!("  guest: {}", grow.call(&mut store, by).unwrap());
        }
    }
}
RUST
cat > expected <<'TEXT'
memory by 1, allowed
  asked: memory from 65536 to 131072 of Some(262144)
  guest: 1
memory by 2, refused by the limiter
  asked: memory from 65536 to 196608 of Some(262144)
  guest: -1
memory by 9, beyond the declared maximum
  guest: -1
table by 1, allowed
  asked: table from 1 to 2 of Some(4)
  guest: 1
table by 2, refused by the limiter
  asked: table from 1 to 3 of Some(4)
  guest: -1
table by 9, beyond the declared maximum
  asked: table from 1 to 10 of Some(4)
  guest: -1
TEXT
cargo run --quiet > seen
cat seen
diff expected seen && echo "as found"
