//! Guests in WAT, written from `docs/ABI.md`. All of them fit 4 KiB of memory.
//!
//! Control block at 64; request buffer at 132, 1024 bytes; response buffer at 1172, 64 bytes; what is fetched goes to 2068.
#![allow(dead_code, reason = "each test takes what it needs")]

/// A guest with these imports and these functions besides the ABI's own.
pub fn guest(imports: &str, body: &str) -> Vec<u8> {
    let text = format!("(module {imports} {ABI} {body})");
    wat::parse_str(text).expect("the guest is valid text")
}

/// The guest with everything: replies, host calls, traps, memory.
pub fn all() -> Vec<u8> {
    guest(HOST, &[ECHO, ASK, TRAPS, MEMORY].concat())
}

/// Memory, control block, allocator, and the functions that check and write an envelope.
pub const ABI: &str = r#"
    (memory (export "memory") 1)
    ;; request buffer (132, 1024), response buffer (1172, 64)
    (data (i32.const 64) "\84\00\00\00\00\04\00\00\94\04\00\00\40\00\00\00")
    (func (export "__aingle_abi_2") (result i32) (i32.const 64))

    ;; Room behind the first page, or 0 where memory does not grow.
    (func (export "__aingle_guest_allocate") (param $len i32) (result i32)
        (local $pages i32)
        (local.set $pages
            (i32.shr_u (i32.add (i32.add (i32.const 65540) (local.get $len)) (i32.const 65535)) (i32.const 16)))
        (if (i32.gt_u (local.get $pages) (memory.size))
            (then
                (if (i32.eq (i32.const -1)
                        (memory.grow (i32.sub (local.get $pages) (memory.size))))
                    (then (return (i32.const 0))))))
        (i32.const 65540))

    (func $crc (param $crc i32) (param $ptr i32) (param $len i32) (result i32)
        (local $end i32) (local $bit i32)
        (local.set $end (i32.add (local.get $ptr) (local.get $len)))
        (block $done
            (loop $bytes
                (br_if $done (i32.ge_u (local.get $ptr) (local.get $end)))
                (local.set $crc (i32.xor (local.get $crc) (i32.load8_u (local.get $ptr))))
                (local.set $bit (i32.const 8))
                (loop $bits
                    (local.set $crc
                        (i32.xor
                            (i32.shr_u (local.get $crc) (i32.const 1))
                            (i32.and
                                (i32.const 0xEDB88320)
                                (i32.sub (i32.const 0) (i32.and (local.get $crc) (i32.const 1))))))
                    (br_if $bits (local.tee $bit (i32.sub (local.get $bit) (i32.const 1)))))
                (local.set $ptr (i32.add (local.get $ptr) (i32.const 1)))
                (br $bytes)))
        (local.get $crc))

    ;; The checksum of the envelope at $ptr.
    (func $checksum (param $ptr i32) (param $len i32) (result i32)
        (i32.xor (i32.const -1)
            (call $crc
                (call $crc (i32.const -1) (local.get $ptr) (i32.const 8))
                (i32.add (local.get $ptr) (i32.const 12))
                (i32.sub (local.get $len) (i32.const 12)))))

    (func $check (param $ptr i32) (param $len i32)
        (if (i32.ne (i32.load offset=8 (local.get $ptr)) (call $checksum (local.get $ptr) (local.get $len)))
            (then unreachable)))

    ;; Writes header and checksum of an envelope of $len bytes and packs it.
    (func $finish (param $ptr i32) (param $len i32) (param $flags i32) (result i64)
        (i32.store (local.get $ptr)
            (i32.or (i32.const 0x00024149) (i32.shl (local.get $flags) (i32.const 24))))
        (i32.store offset=4 (local.get $ptr) (i32.sub (local.get $len) (i32.const 12)))
        (i32.store offset=8 (local.get $ptr) (call $checksum (local.get $ptr) (local.get $len)))
        (i64.or (i64.shl (i64.extend_i32_u (local.get $ptr)) (i64.const 32))
            (i64.extend_i32_u (local.get $len))))

    ;; A reply of one word.
    (func $word (param $word i32) (result i64)
        (i32.store (i32.const 3024) (local.get $word))
        (call $finish (i32.const 3012) (i32.const 16) (i32.const 0)))
"#;

/// `echo`: the request's payload, in place.
pub const ECHO: &str = r#"
    (func (export "echo") (param $ptr i32) (param $len i32) (result i64)
        (call $check (local.get $ptr) (local.get $len))
        (call $finish (local.get $ptr) (local.get $len) (i32.const 0)))
"#;

/// The host functions that [`ASK`] and [`START`] call.
pub const HOST: &str = r#"
    (import "env" "shout" (func $shout (param i32 i32) (result i64)))
    (import "env" "__aingle_fetch" (func $fetch (param i32 i32) (result i64)))
    (import "env" "__aingle_log" (func $log (param i32 i32) (result i64)))
"#;

/// `ask`: what the host function `shout` answers to the request. `tell`: logs the request, whose first
/// byte is the level. `again`: the import itself.
pub const ASK: &str = r#"
    (func $call_shout (param $ptr i32) (param $len i32) (result i64)
        (local $answer i64)
        (local.set $answer (call $shout (local.get $ptr) (local.get $len)))
        (if (i64.eqz (i64.shr_u (local.get $answer) (i64.const 32)))
            (then (local.set $answer (call $fetch (i32.const 2068) (i32.wrap_i64 (local.get $answer))))))
        (local.get $answer))
    (func (export "ask") (param $ptr i32) (param $len i32) (result i64)
        (drop (call $finish (local.get $ptr) (local.get $len) (i32.const 4)))
        (call $call_shout (local.get $ptr) (local.get $len)))
    (func (export "tell") (param $ptr i32) (param $len i32) (result i64)
        (drop (call $finish (local.get $ptr) (local.get $len) (i32.const 0)))
        (drop (call $log (local.get $ptr) (local.get $len)))
        (call $word (i32.const 0)))
    (export "again" (func $shout))
"#;

/// A start function that calls the host, and `started`, which replies with what it got.
pub const START: &str = r#"
    (data (i32.const 2512) "hello")
    (func $start (drop (call $finish (i32.const 2500) (i32.const 17) (i32.const 4)))
        (drop (call $call_shout (i32.const 2500) (i32.const 17))))
    (start $start)
    (func (export "started") (param i32 i32) (result i64) (i64.const 0x0000081400000011))
"#;

/// One function for each kind of trap, and one for a panic.
pub const TRAPS: &str = r#"
    (type $unit (func))
    (table 2 funcref)
    (elem (i32.const 0) $recurse)
    (func $recurse (param i32 i32) (result i64)
        (i64.add (i64.const 1) (call $recurse (local.get 0) (local.get 1))))
    (export "recurse" (func $recurse))
    (func (export "unreachable") (param i32 i32) (result i64) unreachable)
    (func (export "out_of_bounds") (param i32 i32) (result i64) (i64.load (i32.const -8)))
    (func (export "wrong_type") (param i32 i32) (result i64)
        (call_indirect (type $unit) (i32.const 0)) (i64.const 0))
    (func (export "empty_element") (param i32 i32) (result i64)
        (call_indirect (type $unit) (i32.const 1)) (i64.const 0))
    (func (export "beyond_table") (param i32 i32) (result i64)
        (call_indirect (type $unit) (i32.const 2)) (i64.const 0))
    (func (export "divide") (param i32 i32) (result i64) (i64.div_u (i64.const 1) (i64.const 0)))
    (func (export "overflow") (param i32 i32) (result i64)
        (i64.extend_i32_s (i32.div_s (i32.const 0x80000000) (i32.const -1))))
    (func (export "convert") (param i32 i32) (result i64) (i64.trunc_f64_s (f64.const nan)))
    (func (export "forever") (param i32 i32) (result i64) (loop $again (br $again)) unreachable)
    (data (i32.const 3100) "it broke")
    (func (export "panic") (param i32 i32) (result i64)
        (i32.store (i32.const 80) (i32.const 3100))
        (i32.store (i32.const 84) (i32.const 8))
        unreachable)
"#;

/// `size`, `grow` by the first payload byte in pages, `peek` at the address in the first word, `end`:
/// what the host says of the memory's end.
pub const MEMORY: &str = r#"
    (func (export "size") (param i32 i32) (result i64) (call $word (memory.size)))
    (func (export "grow") (param $ptr i32) (param i32) (result i64)
        (call $word (memory.grow (i32.load8_u offset=12 (local.get $ptr)))))
    (func (export "peek") (param $ptr i32) (param i32) (result i64)
        (call $word (i32.load (i32.load offset=12 (local.get $ptr)))))
    (func (export "end") (param i32 i32) (result i64) (call $word (i32.load (i32.const 96))))
"#;
