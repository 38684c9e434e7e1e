//! The module that is run on every core.

use aingle_wasm_aot::Limits;
use std::fmt::Write;

/// Edge values of each type, as they are written in the memory: type, place, size, bits.
const VALUES: [(&str, u32, u32, [u64; 12]); 4] = [
    (
        "i32",
        0x100,
        4,
        [0, 1, 2, 31, 0xff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1234_5678, 0xffff_fff0],
    ),
    (
        "i64",
        0x200,
        8,
        [
            0,
            1,
            3,
            63,
            0x80,
            0xffff_ffff,
            1 << 32,
            i64::MAX as u64,
            1 << 63,
            u64::MAX,
            0x1234_5678_9abc_def0,
            u64::MAX - 1,
        ],
    ),
    (
        "f32",
        0x300,
        4,
        [
            0,
            0x8000_0000,
            0x3f80_0000,
            0xbf80_0000,
            0x3f00_0000,
            0x4020_0000,
            0xc020_0000,
            0x7f80_0000,
            0x7fc0_0000,
            1,
            0x4b00_0001,
            0x4f32_1234,
        ],
    ),
    (
        "f64",
        0x400,
        8,
        [
            0,
            1 << 63,
            0x3ff0_0000_0000_0000,
            0xbfe0_0000_0000_0000,
            0x4004_0000_0000_0000,
            0xc00c_0000_0000_0000,
            0x7ff0_0000_0000_0000,
            0x7ff8_0000_0000_0000,
            1,
            0x4330_0000_0000_0001,
            0x41ef_ffff_ffe0_0000,
            0x4005_bf0a_8b14_5769,
        ],
    ),
];

/// The instructions: type of the operands, how many, type of the result, names.
const INSTRUCTIONS: [(&str, usize, &str, &str); 21] = [
    ("i32", 2, "i32", "add sub mul and or xor shl shr_s shr_u rotl rotr"),
    ("i64", 2, "i64", "add sub mul and or xor shl shr_s shr_u rotl rotr"),
    ("i32", 2, "i32", "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"),
    ("i64", 2, "i32", "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"),
    ("i32", 1, "i32", "clz ctz popcnt eqz extend8_s extend16_s"),
    ("i64", 1, "i64", "clz ctz popcnt extend8_s extend16_s extend32_s"),
    ("i64", 1, "i32", "eqz"),
    ("f32", 2, "f32", "add sub mul div min max copysign"),
    ("f64", 2, "f64", "add sub mul div min max copysign"),
    ("f32", 2, "i32", "eq ne lt gt le ge"),
    ("f64", 2, "i32", "eq ne lt gt le ge"),
    ("f32", 1, "f32", "abs neg ceil floor trunc nearest sqrt"),
    ("f64", 1, "f64", "abs neg ceil floor trunc nearest sqrt"),
    ("f32", 1, "i32", "=i32.trunc_sat_f32_s =i32.trunc_sat_f32_u =i32.reinterpret_f32"),
    ("f64", 1, "i32", "=i32.trunc_sat_f64_s =i32.trunc_sat_f64_u"),
    ("f32", 1, "i64", "=i64.trunc_sat_f32_s =i64.trunc_sat_f32_u"),
    ("f64", 1, "i64", "=i64.trunc_sat_f64_s =i64.trunc_sat_f64_u =i64.reinterpret_f64"),
    ("i32", 1, "f32", "=f32.convert_i32_s =f32.convert_i32_u"),
    ("i64", 1, "f32", "=f32.convert_i64_s =f32.convert_i64_u"),
    ("i32", 1, "f64", "=f64.convert_i32_s =f64.convert_i32_u"),
    ("i64", 1, "f64", "=f64.convert_i64_s =f64.convert_i64_u"),
];

/// Functions with an end of their own: traps, divisions, a host call, recursion, other accesses. `@` becomes fifty fills of no bytes,
/// which are dear: with limits that function, and "many calls", use up a slice of their fuel.
const OTHERS: &str = r#"
    (func (export "unreachable") (param i32 i32) (result i64) (unreachable))
    (func (export "outside") (param i32 i32) (result i64) (i64.load offset=0xfffffff8 (local.get 0)))
    (func (export "table") (param i32 i32) (result i64) (call_indirect (param i32 i32) (result i64) (local.get 0) (local.get 1) (i32.const 9)))
    (func (export "type") (param i32 i32) (result i64) (drop (call_indirect (result i32) (i32.const 0))) (i64.const 1))
    (func (export "indirect") (param i32 i32) (result i64) (call_indirect (param i32 i32) (result i64) (local.get 0) (local.get 1) (i32.const 1)))
    (func (export "zero") (param i32 i32) (result i64) (i64.div_u (i64.const 7) (i64.extend_i32_u (i32.sub (local.get 1) (i32.const 5)))))
    (func (export "overflow") (param i32 i32) (result i64) (i64.extend_i32_s (i32.div_s (i32.const 0x80000000) (i32.sub (local.get 0) (i32.const 4)))))
    (func (export "conversion") (param i32 i32) (result i64) (i64.trunc_f64_s (f64.div (f64.convert_i32_s (i32.sub (local.get 0) (i32.const 3))) (f64.const 0))))
    (func (export "large") (param i32 i32) (result i64) (i64.extend_i32_u (i32.trunc_f32_u (f32.mul (f32.convert_i32_s (local.get 0)) (f32.const 1e10)))))
    (func $ask (export "ask") (param i32 i32) (result i64) (i64.add (call $host (local.get 0) (local.get 1)) (call $host (local.get 1) (i32.const 1))))
    (func (export "divisions") (param i32 i32) (result i64) (i64.xor (i64.xor
        (i64.div_s (i64.const -1234567890123456789) (i64.extend_i32_u (local.get 0))) (i64.rem_u (i64.const -1234567890123456789) (i64.extend_i32_u (local.get 1))))
        (i64.extend_i32_s (i32.add (i32.rem_s (i32.const -1000001) (local.get 0)) (i32.div_u (i32.const -1000001) (local.get 1))))))
    (func (export "narrow") (param i32 i32) (result i64)
        (i64.store offset=0x701 (local.get 0) (i64.const 0x8182838485868788)) (i32.store16 offset=0x703 (local.get 0) (local.get 1))
        (i64.store8 offset=0x705 (local.get 0) (i64.const 0x77))
        (i64.add (i64.add (i64.load offset=0x700 (local.get 0)) (i64.load16_s offset=0x701 (local.get 0)))
            (i64.add (i64.load32_s offset=0x703 (local.get 0)) (i64.extend_i32_s (i32.load8_s offset=0x702 (local.get 0))))))
    (func (export "bulk") (param i32 i32) (result i64)
        (memory.fill (i32.const 0x781) (i32.const 0x5a) (i32.const 33)) (memory.copy (i32.const 0x785) (i32.const 0x100) (i32.const 21))
        (memory.copy (i32.const 0x783) (i32.const 0x782) (i32.const 30)) (i64.xor (i64.load (i32.const 0x781)) (i64.load (i32.const 0x790))))
    (func (export "long") (param i32 i32) (result i64)
        (loop $again
            @
            (br_if $again (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 700))))
        (i64.extend_i32_u (local.get 0)))
    (func (export "many calls") (param i32 i32) (result i64) (local i64)
        (loop $again
            (local.set 2 (i64.add (local.get 2) (call $even (i32.const 3))))
            (br_if $again (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 100000))))
        (local.get 2))
    (func (export "bulk outside") (param i32 i32) (result i64) (memory.fill (i32.const 1) (i32.const 0) (i32.const -1)) (i64.const 0))
    (func $even (param i32) (result i64) (if (result i64) (local.get 0) (then (i64.add (i64.const 3) (call $odd (i32.sub (local.get 0) (i32.const 1))))) (else (i64.const 1))))
    (func $odd (param i32) (result i64) (if (result i64) (local.get 0) (then (i64.mul (i64.const 5) (call $even (i32.sub (local.get 0) (i32.const 1))))) (else (i64.const 2))))
    (func (export "recursion") (param i32 i32) (result i64) (call $even (i32.add (local.get 0) (local.get 1))))
    (func (export "too deep") (param i32 i32) (result i64) (call $even (i32.const 1000000)))
    (export "host again" (func $host))
    (func $select (export "switch") (param i32 i32) (result i64) (local i64)
        (loop $again
            (block $c (block $b (block $a (br_table $a $b $c $b (i32.and (local.get 0) (i32.const 7))))
                (local.set 2 (i64.add (local.get 2) (i64.const 17))) (br $c))
                (local.set 2 (i64.mul (local.get 2) (i64.const 31))) (local.set 2 (i64.add (local.get 2) (i64.const 1))))
            (local.set 0 (i32.add (local.get 0) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get 0) (i32.const 40))))
        (local.get 2))"#;

/// Functions that only limits end: at the entry of a function, at that of one that can be called twice, in a loop.
const ENDLESS: &str = r#"
    (func $next (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func (export "endless calls") (param i32 i32) (result i64)
        (loop $again (local.set 0 (call $next (local.get 0))) (i32.store (i32.const 0x780) (local.get 0)) (br $again)) (unreachable))
    (func (export "endless recursion") (param i32 i32) (result i64) (loop $again (drop (call $even (i32.const 3))) (br $again)) (unreachable))
    (func (export "endless loop") (param i32 i32) (result i64)
        (loop $again (i32.store (i32.const 0x780) (local.tee 0 (i32.mul (local.get 0) (i32.const 5)))) (br $again)) (unreachable))"#;

/// A hash of what an instruction makes of all its operands. What is not a number is one number.
fn hashing(text: &mut String, operand: &str, operands: usize, result: &str, name: &str) {
    let of = |ty: &str| VALUES.into_iter().find(|(known, ..)| *known == ty).unwrap();
    let (_, place, size, _) = of(operand);
    let load = |local: u32| {
        format!("({operand}.load offset={place} (i32.mul (local.get {local}) (i32.const {size})))")
    };
    let instruction = name.strip_prefix('=').map_or(format!("{operand}.{name}"), str::to_owned);
    let second = if operands == 2 { load(1) } else { String::new() };
    let bits = match result {
        "i32" => "(i64.extend_i32_u (local.get $r))",
        "i64" => "(local.get $r)",
        "f32" => {
            "(i64.extend_i32_u (i32.reinterpret_f32 (select (f32.const nan) (local.get $r) (f32.ne (local.get $r) (local.get $r)))))"
        }
        _ => {
            "(i64.reinterpret_f64 (select (f64.const nan) (local.get $r) (f64.ne (local.get $r) (local.get $r))))"
        }
    };
    let count = VALUES[0].3.len();
    let _ = write!(
        text,
        "(func (export \"{instruction}\") (param i32 i32) (result i64) (local $h i64) (local $r {result})
            (local.set 0 (i32.const 0))
            (loop $outer
                (local.set 1 (i32.const 0))
                (loop $inner
                    (local.set $r ({instruction} {} {second}))
                    (local.set $h (i64.mul (i64.xor (i64.rotl (local.get $h) (i64.const 5)) {bits}) (i64.const 0x9e3779b97f4a7c15)))
                    (br_if $inner (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const {count}))))
                (br_if $outer (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const {count}))))
            (local.get $h))",
        load(0)
    );
}

pub fn module(limits: Limits) -> Vec<u8> {
    let mut text = String::from(
        "(module (import \"env\" \"host\" (func $host (param i32 i32) (result i64))) (memory 1) (table 2 funcref) (elem (i32.const 0) $ask $select)",
    );
    for (_, place, size, values) in VALUES {
        let bytes: String = values
            .iter()
            .flat_map(|value| value.to_le_bytes().into_iter().take(size as usize))
            .map(|byte| format!("\\{byte:02x}"))
            .collect();
        let _ = write!(text, "(data (i32.const {place}) \"{bytes}\")");
    }
    for (operand, operands, result, names) in INSTRUCTIONS {
        names.split(' ').for_each(|name| hashing(&mut text, operand, operands, result, name));
    }
    let fills = "(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))".repeat(50);
    let endless = if limits == Limits::Merged { ENDLESS } else { "" };
    wat::parse_str(text + &OTHERS.replace('@', &fills) + endless + ")").unwrap()
}
