//! Guests that do not end by themselves, for what stops them.

use std::sync::OnceLock;
use std::time::Instant;

/// The exports of [`guest`] that have no end, each in another kind of loop.
pub const EXPORTS: [&str; 3] = ["quiet", "short", "calls"];

/// A guest of the ABI, in WebAssembly 1.0, without checks: a request's place is its reply.
const BASE: &str = r#"
    (memory (export "memory") 1)
    (data (i32.const 16) "\14\01\00\00\00\04\00\00")
    (data (i32.const 2048) "\49\41\02\00\01\00\00\00\e4\82\9e\ef\69")
    (func (export "__aingle_abi_2") (result i32) (i32.const 16))
    (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 0))
    (func (export "nothing") (param i32 i32) (result i64) (i64.const 0x8000000000d))
    (func $f (param i32) (result i32) (local.get 0))
    (func (export "quiet") (param i32 i32) (result i64)
        (loop $l (br_if $l (i32.load (i32.const 8))) (br $l)) (i64.const 0))
    (func (export "short") (param i32 i32) (result i64)
        (loop $l
            (local.set 0 (i32.add (local.get 0) (i32.const 2)))
            (br_if $l (i32.or (local.get 0) (i32.const 1)))) (i64.const 0))
    (func (export "calls") (param i32 i32) (result i64) (loop $l (drop (call $f (i32.const 1))) (br $l)) (i64.const 0))
"#;

/// A guest whose exports [`EXPORTS`] have no end and whose `nothing` returns; `more` are further fields.
#[must_use]
pub fn guest(more: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {BASE} {more})")).expect("the text is a module")
}

/// The same with `waits`, which calls the host function `wait` and then has no end.
#[must_use]
pub fn guest_with_host() -> Vec<u8> {
    let import = r#"(import "env" "wait" (func $wait (param i32 i32) (result i64)))"#;
    let waits = r#"(func (export "waits") (param i32 i32) (result i64)
        (drop (call $wait (local.get 0) (local.get 1))) (loop $l (br $l)) (i64.const 0))"#;
    wat::parse_str(format!("(module {import} {BASE} {waits})")).expect("the text is a module")
}

/// A clock.
#[must_use]
pub fn micros() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_micros() as u64
}
