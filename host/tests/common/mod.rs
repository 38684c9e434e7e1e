//! Guests in WAT that speak the ABI of `docs/ABI.md`, and what tests do with them.
#![allow(dead_code)]

use aingle_wasm_host::Trap;
use aingle_wasm_host::prelude::*;
use aingle_wasm_types::description::{Form, Kind, schema_hash};

/// An engine of the default configuration.
pub fn engine() -> WasmEngine {
    engine_with(EngineConfig::default())
}

pub fn engine_with(config: EngineConfig) -> WasmEngine {
    WasmEngine::new(config).unwrap()
}

/// A started instance of [`guest`] without host functions.
pub fn instance(engine: &WasmEngine) -> WasmInstance {
    WasmInstance::new(engine, &engine.compile(&guest("")).unwrap()).unwrap()
}

/// Functions of [`guest`] that trap, and how.
pub const TRAPS: [(&str, Trap); 3] =
    [("abort", Trap::Unreachable), ("divide", Trap::DivisionByZero), ("outside", Trap::MemoryOutOfBounds)];

/// What a call of this function fails with.
pub fn failure(instance: &mut WasmInstance, function: &str) -> HostError {
    instance.call_raw(function, b"request").unwrap_err()
}

/// A guest of ABI version 2 that checks and computes checksums, and takes trusted memory. `more` are
/// further fields of the module.
pub fn guest(more: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {BASE} {ENTRIES} {more})")).unwrap()
}

/// The text of a guest that only has `echo`, `count` and `abort`. Nothing in it changes a table or drops a segment, so that its
/// instances can be put back.
pub fn plain(more: &str) -> String {
    let entries = r#"
        (func (export "abort") (param i32 i32) (result i64) (unreachable))
        (func (export "count") (param i32 i32) (result i64)
            (call $open (local.get 0) (local.get 1))
            (i32.store (i32.const 2900) (i32.add (i32.const 1) (i32.load (i32.const 2900))))
            (call $number (i32.load (i32.const 2900))))"#;
    format!("(module {BASE} {entries} {more})")
}

/// A guest that calls the host functions `answer` and `tell` of module `env`.
pub fn caller(more: &str) -> Vec<u8> {
    let imports = r#"
        (import "env" "answer" (func $answer (param i32 i32) (result i64)))
        (import "env" "__aingle_fetch" (func $fetch (param i32 i32) (result i64)))
        (import "env" "__aingle_log" (func $log (param i32 i32) (result i64)))"#;
    wat::parse_str(format!("(module {imports} {BASE} {CALLS} {more})")).unwrap()
}

/// A guest that imports these host functions.
pub fn importing(names: &[&str]) -> Vec<u8> {
    let import = |name: &&str| format!(r#"(import "env" "{name}" (func (param i32 i32) (result i64)))"#);
    let imports: String = names.iter().map(import).collect();
    wat::parse_str(format!("(module {imports} {BASE})")).unwrap()
}

/// That `name` is not registered, which the module wants as `wanted`, and nothing else is missing.
pub fn missing(name: &str, wanted: &str) -> HostErrorKind {
    HostErrorKind::MissingImport { name: name.into(), wanted: wanted.into(), others: Vec::new(), more: 0 }
}

/// A WAT field: the description of one typed function.
pub fn described(kind: Kind, name: &str, args: &str, result: &str) -> String {
    let mut record = vec![kind as u8, Form::Typed as u8];
    record.extend(schema_hash(args, result).to_le_bytes());
    let texts = [name, "", args, result];
    texts.iter().for_each(|text| record.extend((text.len() as u16).to_le_bytes()));
    texts.iter().for_each(|text| record.extend(text.as_bytes()));
    let mut section = (record.len() as u32).to_le_bytes().to_vec();
    section.extend(record);
    let data: String = section.iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!(r#"(@custom "aingle.abi" "{data}")"#)
}

/// Memory, control block at 16, request buffer of 8 KiB at 4100, response buffer of 1 KiB at 16388, requests beyond the request buffer
/// at 65540.
const BASE: &str = r#"
    (memory (export "memory") 1)
    (data (i32.const 16) "\04\10\00\00\00\20\00\00\04\40\00\00\00\04\00\00\00\00\00\00\00\00\00\00\01\00\00\00")
    (global $trusted (mut i32) (i32.const 0))
    (func (export "__aingle_abi_2") (result i32) (i32.const 16))
    (func $allocate (export "__aingle_guest_allocate") (param $len i32) (result i32)
        (local $pages i32)
        (local.set $pages (i32.add (i32.const 1)
            (i32.shr_u (i32.add (local.get $len) (i32.const 65539)) (i32.const 16))))
        (if (i32.gt_u (local.get $pages) (memory.size))
            (then (if (i32.eq (i32.const -1)
                (memory.grow (i32.sub (local.get $pages) (memory.size)))) (then (return (i32.const 0))))))
        (i32.const 65540))
    (func $crc (param $c i32) (param $p i32) (param $n i32) (result i32) (local $k i32)
        (block $done (loop $byte
            (br_if $done (i32.eqz (local.get $n)))
            (local.set $c (i32.xor (local.get $c) (i32.load8_u (local.get $p))))
            (local.set $k (i32.const 8))
            (loop $bit
                (local.set $c (i32.xor (i32.shr_u (local.get $c) (i32.const 1))
                    (i32.and (i32.const 0xedb88320)
                        (i32.sub (i32.const 0) (i32.and (local.get $c) (i32.const 1))))))
                (br_if $bit (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
            (local.set $p (i32.add (local.get $p) (i32.const 1)))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br $byte)))
        (local.get $c))
    ;; The checksum of a version 2 envelope whose payload has n bytes.
    (func $sum (param $at i32) (param $n i32) (result i32)
        (i32.xor (i32.const -1) (call $crc (call $crc (i32.const -1) (local.get $at) (i32.const 8))
            (i32.add (local.get $at) (i32.const 12)) (local.get $n))))
    ;; Checks a request, and remembers whether it is one of trusted memory.
    (func $open (param $at i32) (param $len i32)
        (global.set $trusted (i32.and (i32.load8_u offset=3 (local.get $at)) (i32.const 16)))
        (if (i32.eqz (global.get $trusted)) (then
            (if (i32.ne (i32.load offset=8 (local.get $at))
                (call $sum (local.get $at) (i32.sub (local.get $len) (i32.const 12))))
                (then (unreachable))))))
    ;; Writes the header around a payload that lies behind it.
    (func $finish (param $at i32) (param $n i32) (param $flags i32) (result i64)
        (i32.store (local.get $at) (i32.or (i32.const 0x00024149)
            (i32.shl (i32.or (local.get $flags) (global.get $trusted)) (i32.const 24))))
        (i32.store offset=4 (local.get $at) (local.get $n))
        (i32.store offset=8 (local.get $at) (i32.const 0))
        (if (i32.eqz (global.get $trusted))
            (then (i32.store offset=8 (local.get $at) (call $sum (local.get $at) (local.get $n)))))
        (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32))
            (i64.extend_i32_u (i32.add (local.get $n) (i32.const 12)))))
    ;; Answers with the four bytes of a number.
    (func $number (param $value i32) (result i64)
        (i32.store (i32.const 3088) (local.get $value))
        (call $finish (i32.const 3076) (i32.const 4) (i32.const 0)))
    (func $echo (export "echo") (param i32 i32) (result i64)
        (call $open (local.get 0) (local.get 1))
        (call $finish (local.get 0) (i32.sub (local.get 1) (i32.const 12)) (i32.const 0)))
"#;

const ENTRIES: &str = r#"
    (data (i32.const 3000) "\01\00\00\00no such thing")
    (data (i32.const 3040) "boom at src/lib.rs:7:5")
    (func (export "spin") (param i32 i32) (result i64) (loop $l (br $l)) (unreachable))
    (func (export "abort") (param i32 i32) (result i64) (unreachable))
    (func (export "divide") (param i32 i32) (result i64) (i64.div_u (i64.const 1) (i64.const 0)))
    (func (export "outside") (param i32 i32) (result i64) (i64.load (i32.const -8)))
    (func $deep (export "deep") (param i32 i32) (result i64)
        (i64.add (i64.const 1) (call $deep (local.get 0) (local.get 1))))
    (func (export "panic") (param i32 i32) (result i64)
        (i32.store offset=16 (i32.const 16) (i32.const 3040))
        (i32.store offset=20 (i32.const 16) (i32.const 22)) (unreachable))
    (func (export "fail") (param i32 i32) (result i64)
        (call $open (local.get 0) (local.get 1))
        (i64.store (i32.const 4112) (i64.load (i32.const 3000)))
        (i64.store (i32.const 4120) (i64.load (i32.const 3008)))
        (i32.store8 (i32.const 4128) (i32.load8_u (i32.const 3016)))
        (call $finish (i32.const 4100) (i32.const 17) (i32.const 8)))
    (func (export "wild") (param i32 i32) (result i64) (i64.const 0xffff000000000064))
    (func (export "huge") (param i32 i32) (result i64) (i64.const 0x1fffffff0))
    (func (export "silent") (param i32 i32) (result i64) (i64.const 0))
    (func (export "garbage") (param i32 i32) (result i64) (i64.const 0x0000800000000010))
    (func (export "grow") (param i32 i32) (result i64)
        (call $open (local.get 0) (local.get 1))
        (block $full (loop $more
            (br_if $full (i32.eq (i32.const -1) (memory.grow (i32.const 1))))
            (br $more)))
        (call $number (memory.size)))
    (func (export "count") (param i32 i32) (result i64)
        (call $open (local.get 0) (local.get 1))
        (i32.store (i32.const 2900) (i32.add (i32.const 1) (i32.load (i32.const 2900))))
        (call $number (i32.load (i32.const 2900))))
    (func (export "keep") (param i32 i32) (result i64)
        (call $open (local.get 0) (local.get 1))
        (i32.store (i32.const 2900) (i32.load offset=12 (local.get 0))) (i64.const 0))
    (func (export "nan") (param i32 i32) (result i64)
        (call $open (local.get 0) (local.get 1))
        (call $number (i32.reinterpret_f32
            (f32.div (f32.load (i32.const 2800)) (f32.load (i32.const 2804))))))
    (table $t 1 funcref)
    (func (export "table") (param i32 i32) (result i64)
        (call $open (local.get 0) (local.get 1))
        (call $number (table.grow $t (ref.null func) (i32.const 0x40000000))))
    (func (export "wrong_type") (param i32) (result i64) (i64.const 0))
"#;

/// `ask` sends its request's payload to the host function and answers with the payload that comes back,
/// or with its error; `report` sends it to the log.
const CALLS: &str = r#"
    (func $respond (param $packed i64) (result i64) (local $at i32) (local $len i32)
        (local.set $at (i32.wrap_i64 (i64.shr_u (local.get $packed) (i64.const 32))))
        (local.set $len (i32.wrap_i64 (local.get $packed)))
        (if (i32.eqz (local.get $at)) (then
            (local.set $at (call $allocate (local.get $len)))
            (if (i64.eqz (call $fetch (local.get $at) (local.get $len))) (then (unreachable)))))
        (call $finish (local.get $at) (i32.sub (local.get $len) (i32.const 12))
            (i32.and (i32.load8_u offset=3 (local.get $at)) (i32.const 8))))
    (func $ask (export "ask") (param i32 i32) (result i64)
        (call $open (local.get 0) (local.get 1))
        (drop (call $finish (local.get 0) (i32.sub (local.get 1) (i32.const 12)) (i32.const 4)))
        (call $respond (call $answer (local.get 0) (local.get 1))))
    (func (export "report") (param i32 i32) (result i64)
        (call $open (local.get 0) (local.get 1))
        (drop (call $finish (local.get 0) (i32.sub (local.get 1) (i32.const 12)) (i32.const 0)))
        (drop (call $log (local.get 0) (local.get 1)))
        (call $finish (i32.const 4100) (i32.const 0) (i32.const 0)))
"#;

/// An older guest: `echo`, and `ask`, which forwards its request to the host function `answer`. Its
/// allocator is of this name; `more` are further fields.
pub fn older(allocator: &str, more: &str) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module
            (import "env" "answer" (func $answer (param i32 i32) (result i64)))
            (memory (export "memory") 2)
            (global $next (mut i32) (i32.const 1024))
            (func (export "{allocator}") (param $len i32) (result i32) (local $at i32)
                (local.set $at (global.get $next))
                (global.set $next (i32.add (local.get $at) (local.get $len)))
                (if (i32.gt_u (global.get $next) (i32.const 131072)) (then (return (i32.const 0))))
                (local.get $at))
            (func (export "echo") (param i32 i32) (result i64)
                (i32.store8 offset=3 (local.get 0) (i32.const 0))
                (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32))
                    (i64.extend_i32_u (local.get 1))))
            (func (export "ask") (param i32 i32) (result i64) (call $answer (local.get 0) (local.get 1)))
            {more})"#
    ))
    .unwrap()
}
