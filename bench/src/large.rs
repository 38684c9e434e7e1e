//! A module of the size of a real application, made on the spot.

use aingle_wasm_bench_protocol::Failure;
use std::fmt::Write as _;

/// As many functions as make 1.2 MB.
const FUNCTIONS: u32 = 3400;

/// The module: functions that differ, with loops, memory accesses and calls, in the ABI's clothes.
pub(crate) fn module() -> Result<Vec<u8>, Failure> {
    let mut text = String::from(
        r#"(module (memory (export "memory") 1)
        (func (export "__aingle_abi_2") (result i32) (i32.const 16))
        (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 0))
        (func (export "first") (param i32 i32) (result i64) (i64.extend_i32_u (call $f0 (local.get 0))))
        "#,
    );
    for number in 0..FUNCTIONS {
        function(&mut text, number)?;
    }
    text.push(')');
    Ok(wat::parse_str(text)?)
}

/// One function; each calls the next.
fn function(text: &mut String, number: u32) -> Result<(), std::fmt::Error> {
    writeln!(text, "(func $f{number} (param $n i32) (result i32) (local $sum i32) (local $wide i64)")?;
    for step in 0..6_u32 {
        let constant = (number * 6 + step).wrapping_mul(2_654_435_761) >> 8;
        let offset = constant % 4096;
        writeln!(
            text,
            "(local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const {constant}))
                (i32.load offset={offset} (i32.and (local.get $n) (i32.const 0xfff)))))
            (if (i32.lt_u (local.get $sum) (i32.const {constant}))
                (then (local.set $wide (i64.rotl (i64.xor (local.get $wide) (i64.const {constant})) (i64.const {step}))))
                (else (i32.store offset={offset} (i32.and (local.get $sum) (i32.const 0xfff)) (local.get $n))))"
        )?;
    }
    let next = (number + 1) % FUNCTIONS;
    writeln!(
        text,
        "(loop $again
            (local.set $sum (i32.xor (local.get $sum) (i32.shr_u (local.get $n) (i32.const 3))))
            (br_if $again (i32.and (local.get $sum) (i32.const 1))))
        (i32.add (i32.wrap_i64 (local.get $wide))
            (if (result i32) (local.get $n)
                (then (call $f{next} (i32.sub (local.get $n) (i32.const 1))))
                (else (local.get $sum)))))"
    )
}
