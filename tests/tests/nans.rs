//! Which float operations give the same bits on every engine when the result is not a number.

use aingle_wasm_host::Integrity;
use aingle_wasm_tests::{Engines, Subject};

/// A NaN with a payload, and a signalling one.
const ODD: [&str; 2] = ["(f32.const nan:0x555555)", "(f32.const nan:0x200000)"];

/// Operations that only move bits. They are the same everywhere.
const MOVES: [&str; 6] = [
    "NAN",
    "(f32.neg NAN)",
    "(f32.abs (f32.neg NAN))",
    "(f32.copysign NAN (f32.const -1))",
    "(select NAN (f32.const 1) (i32.const 1))",
    "(f32.reinterpret_i32 (i32.reinterpret_f32 NAN))",
];

/// Operations that compute: docs/METERING.md names all of them.
const COMPUTES: [&str; 14] = [
    "(f32.add NAN (f32.const 1))",
    "(f32.sub (f32.const inf) (f32.const inf))",
    "(f32.mul NAN (f32.const 0))",
    "(f32.div (f32.const 0) (f32.const 0))",
    "(f32.sqrt (f32.const -1))",
    "(f32.min NAN (f32.const 1))",
    "(f32.max (f32.const 1) NAN)",
    "(f32.ceil NAN)",
    "(f32.floor NAN)",
    "(f32.trunc NAN)",
    "(f32.nearest NAN)",
    "(f32.demote_f64 (f64.promote_f32 NAN))",
    "(f32.demote_f64 (f64.div (f64.const 0) (f64.const 0)))",
    "(f32.demote_f64 (f64.nearest (f64.promote_f32 NAN)))",
];

/// A guest that answers with the bits of what these give.
fn guest(operations: &[String]) -> Vec<u8> {
    let stores = operations.iter().enumerate().map(|(at, operation)| {
        format!("(i32.store (i32.const {}) (i32.reinterpret_f32 {operation}))", 0x1010 + 4 * at)
    });
    let len = 4 * operations.len();
    let text = format!(
        r#"(module (memory (export "memory") 1)
             (data (i32.const 16) "\04\01\00\00\00\01\00\00\04\03\00\00\00\01\00\00\00\00\00\00\00\00\00\00\01\00\00\00")
             (func (export "__aingle_abi_2") (result i32) (i32.const 16))
             (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 0))
             (func (export "bits") (param i32 i32) (result i64)
               (i32.store (i32.const 0x1004) (i32.const 0x10024149)) (i32.store (i32.const 0x1008) (i32.const {len}))
               {} (i64.const {})))"#,
        stores.collect::<String>(),
        0x1004_u64 << 32 | (12 + len as u64),
    );
    wat::parse_str(text).expect("a module that is written down here")
}

fn bits(subject: &mut impl Subject) -> Vec<u32> {
    let reply = subject.raw("bits", b"").expect("the guest answers");
    reply.chunks_exact(4).map(|bits| u32::from_le_bytes([bits[0], bits[1], bits[2], bits[3]])).collect()
}

/// The bits on Wasmer, wasm3, spacewasm and wasmi.
fn on_all(operations: &[&str]) -> [Vec<u32>; 4] {
    let operations: Vec<String> =
        ODD.iter().flat_map(|nan| operations.iter().map(|operation| operation.replace("NAN", nan))).collect();
    let wasm = guest(&operations);
    let mut engines = Engines::default();
    engines.protocol.integrity = Integrity::Trusted;
    [
        bits(&mut engines.wasmer(&wasm).expect("wasmer")),
        bits(&mut engines.wasm3(&wasm).expect("wasm3")),
        bits(&mut engines.spacewasm(&wasm).expect("spacewasm")),
        bits(&mut engines.wasmi(&wasm).expect("wasmi")),
    ]
}

#[test]
fn what_moves_bits_gives_the_same_everywhere() {
    let [wasmer, wasm3, others @ ..] = on_all(&MOVES);
    assert_eq!((wasmer[0], wasmer[MOVES.len()]), (0x7fd5_5555, 0x7fa0_0000));
    for other in others {
        assert_eq!(wasmer, other);
    }
    // wasm3 keeps a signalling `f32` in a register of 64 bits, which makes it a quiet one.
    const QUIET: u32 = 0x0040_0000;
    assert!(
        wasmer.iter().zip(&wasm3).all(|(bits, found)| found == bits || *found == bits | QUIET),
        "{wasm3:x?}"
    );
    assert_eq!(wasmer[..MOVES.len()], wasm3[..MOVES.len()]);
    assert_ne!(wasmer, wasm3);
}

#[test]
fn what_computes_gives_the_canonical_nan_on_wasmer_and_some_nan_elsewhere() {
    let [wasmer, others @ ..] = on_all(&COMPUTES);
    assert!(wasmer.iter().all(|&bits| bits == 0x7fc0_0000), "{wasmer:x?}");
    for other in others {
        assert!(other.iter().all(|&bits| f32::from_bits(bits).is_nan()), "{other:x?}");
        println!("{other:x?}");
    }
}
