//! The modules that are measured.

use std::fmt::Write;

/// Functions of the program: as many as make 1.2 MB.
const FUNCTIONS: u32 = 8_000;

/// Returns a program of preview 1 that calls some of its functions, and ends with 0.
pub fn program() -> Vec<u8> {
    let mut text = String::from(
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (memory (export "memory") 16)"#,
    );
    for number in 0..FUNCTIONS {
        function(&mut text, number);
    }
    text.push_str("(func (export \"_start\")");
    for number in (0..FUNCTIONS).step_by(100) {
        let _ = write!(text, "(drop (call $f{number} (i32.const 20) (i32.const {number})))");
    }
    text.push_str("(call $exit (i32.const 0))))");
    wat::parse_str(text).expect("a module")
}

/// Writes a function with a loop, memory, branches and a call.
fn function(text: &mut String, number: u32) {
    let [seed, shift, at] = [number.wrapping_mul(0x9e37_79b9), number % 31, number * 8 % 0xff_f0];
    let call = match number % 5 {
        0 => String::new(),
        _ => format!(
            "(local.set 1 (i32.xor (local.get 1) (call $f{} (i32.const 0) (local.get 1))))",
            number - 1
        ),
    };
    let _ = write!(
        text,
        r#"(func $f{number} (param i32 i32) (result i32) (local i32 i64)
            (block $out (loop $again
                (br_if $out (i32.eqz (local.get 0)))
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (local.set 2 (i32.add (i32.mul (local.get 1) (i32.const {seed})) (i32.rotl (local.get 2) (i32.const {shift}))))
                (local.set 3 (i64.add (local.get 3) (i64.extend_i32_u (i32.load offset={at} (i32.and (local.get 2) (i32.const 0xfff0))))))
                (if (i32.lt_u (local.get 2) (i32.const {seed}))
                    (then (local.set 1 (i32.add (local.get 1) (i32.wrap_i64 (local.get 3)))))
                    (else (i32.store offset={at} (i32.and (local.get 1) (i32.const 0xfff0)) (i32.xor (local.get 2) (i32.const {seed})))))
                (br $again)))
            {call}
            (i32.xor (local.get 1) (local.get 2)))"#
    );
}

/// Returns a guest of the SDK whose functions take and return bytes.
pub fn guest() -> Vec<u8> {
    let text = include_str!("../../../../examples/guest-wat/guest.wat");
    let end = text.find(r#"(@custom "aingle.abi""#).expect("its descriptions");
    let import = r#"(import "env" "lookup" (func $lookup (param i32 i32) (result i64)))"#;
    let lookup = "(func $lookup (param i32 i32) (result i64) (i64.const 0))";
    wat::parse_str(format!("{} {lookup})", text[..end].replace(import, ""))).expect("a module")
}
