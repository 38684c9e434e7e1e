//! A guest in WAT, written from `docs/ABI.md`, and ways to load it.

use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
use aingle_wasm_host_embedded::{Error, LoadError, Runtime};

/// The control block lies at 64, the request buffer at 1028, the host's response buffer at 2052; what is allocated begins at 4100.
pub const GUEST: &str = r#"
  (memory (export "memory") 1)
  (data (i32.const 64) "\04\04\00\00" "\e8\03\00\00" "\04\08\00\00" "\00\01\00\00")
  (func (export "__aingle_abi_2") (result i32) i32.const 64)
  (func $allocate (export "__aingle_guest_allocate") (param $len i32) (result i32)
    (local $missing i32)
    (local.set $missing (i32.sub (i32.sub (local.get $len)
      (i32.mul (memory.size) (i32.const 65536))) (i32.const -4100)))
    (if (i32.gt_s (local.get $missing) (i32.const 0))
      (then (if (i32.eq (i32.const -1)
          (memory.grow (i32.div_u (i32.add (local.get $missing) (i32.const 65535)) (i32.const 65536))))
        (then (return (i32.const 0))))))
    i32.const 4100)
  (func $crc (param $crc i32) (param $ptr i32) (param $len i32) (result i32)
    (local $bit i32)
    (block $done (loop $bytes
      (br_if $done (i32.eqz (local.get $len)))
      (local.set $crc (i32.xor (local.get $crc) (i32.load8_u (local.get $ptr))))
      (local.set $bit (i32.const 8))
      (loop $bits
        (local.set $crc (i32.xor (i32.shr_u (local.get $crc) (i32.const 1))
          (i32.and (i32.const 0xedb88320)
            (i32.sub (i32.const 0) (i32.and (local.get $crc) (i32.const 1))))))
        (br_if $bits (local.tee $bit (i32.sub (local.get $bit) (i32.const 1)))))
      (local.set $ptr (i32.add (local.get $ptr) (i32.const 1)))
      (local.set $len (i32.sub (local.get $len) (i32.const 1)))
      (br $bytes)))
    local.get $crc)
  (func $checksum (param $ptr i32) (param $len i32) (result i32)
    (i32.xor (i32.const -1) (call $crc
      (call $crc (i32.const -1) (local.get $ptr) (i32.const 8))
      (i32.add (local.get $ptr) (i32.const 12))
      (i32.sub (local.get $len) (i32.const 12)))))
  (func $open (param $ptr i32) (param $len i32)
    (if (i32.ne (call $checksum (local.get $ptr) (local.get $len))
        (i32.load offset=8 (local.get $ptr)))
      (then unreachable)))
  (func $finish (param $ptr i32) (param $len i32) (param $flags i32) (result i64)
    (i32.store (local.get $ptr) (i32.or (i32.const 0x024149)
      (i32.shl (local.get $flags) (i32.const 24))))
    (i32.store offset=4 (local.get $ptr) (i32.sub (local.get $len) (i32.const 12)))
    (i32.store offset=8 (local.get $ptr) (call $checksum (local.get $ptr) (local.get $len)))
    (i64.or (i64.shl (i64.extend_i32_u (local.get $ptr)) (i64.const 32))
      (i64.extend_i32_u (local.get $len))))
  (func (export "echo") (param $ptr i32) (param $len i32) (result i64)
    (call $open (local.get $ptr) (local.get $len))
    (call $finish (local.get $ptr) (local.get $len) (i32.const 0)))
"#;

/// A guest that calls a host function with its request, and answers with the response.
pub const RELAY: &str = r#"
  (func (export "relay") (param $ptr i32) (param $len i32) (result i64)
    (local $response i64)
    (call $open (local.get $ptr) (local.get $len))
    (drop (call $finish (local.get $ptr) (local.get $len) (i32.const 4)))
    (local.set $response (call $host (local.get $ptr) (local.get $len)))
    (if (i64.eqz (i64.shr_u (local.get $response) (i64.const 32)))
      (then (local.set $response (call $fetch
        (call $allocate (i32.wrap_i64 (local.get $response)))
        (i32.wrap_i64 (local.get $response))))))
    local.get $response)
"#;

pub const IMPORTS: &str = r#"
  (import "env" "work" (func $host (param i32 i32) (result i64)))
  (import "env" "__aingle_fetch" (func $fetch (param i32 i32) (result i64)))
"#;

/// The guest with more functions behind it.
pub fn guest(more: &str) -> Vec<u8> {
    assemble(&format!("{GUEST}{more}"))
}

/// The guest with host functions.
pub fn relay(more: &str) -> Vec<u8> {
    assemble(&format!("{IMPORTS}{GUEST}{RELAY}{more}"))
}

pub fn assemble(fields: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {fields})")).expect("the module is well-formed")
}

pub fn wasm3() -> Wasm3 {
    Wasm3::new(Wasm3Config::default())
}

pub fn limited(memory_limit: u32) -> Wasm3 {
    Wasm3::new(Wasm3Config { memory_limit, ..Wasm3Config::default() })
}

pub fn refusal(backend: Wasm3, wasm: &[u8]) -> Error {
    Runtime::new(backend, wasm).map(|_| ()).expect_err("the module is refused")
}

pub fn load_error(wasm: &[u8]) -> LoadError {
    match refusal(wasm3(), wasm) {
        Error::Load(error) => error,
        other => panic!("refused otherwise: {other:?}"),
    }
}
