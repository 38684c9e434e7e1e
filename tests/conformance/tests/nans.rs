//! Which float operations give the same bits on every engine when the result is not a number.

use aingle_wasm_host::Integrity;
use aingle_wasm_tests::{Engines, Subject};

/// A width of floats.
struct Width {
    /// What stands for `F`, `N` and `CONVERT` in the operations.
    words: [(&'static str, &'static str); 3],
    /// A NaN with a payload, and a signalling one.
    odd: [&'static str; 2],
    /// Their bits.
    odd_bits: [u64; 2],
    /// What turns a value into its bits, as an `i64`.
    bits: [&'static str; 2],
    canonical: u64,
    is_nan: fn(u64) -> bool,
}

const F32: Width = Width {
    words: [("F.", "f32."), ("N.", "i32."), ("CONVERT", "f32.demote_f64")],
    odd: ["(f32.const nan:0x555555)", "(f32.const nan:0x200000)"],
    odd_bits: [0x7fd5_5555, 0x7fa0_0000],
    bits: ["(i64.extend_i32_u (i32.reinterpret_f32", "))"],
    canonical: 0x7fc0_0000,
    is_nan: |bits| f32::from_bits(bits as u32).is_nan(),
};

const F64: Width = Width {
    words: [("F.", "f64."), ("N.", "i64."), ("CONVERT", "f64.promote_f32")],
    odd: ["(f64.const nan:0xd555555555555)", "(f64.const nan:0x4000000000000)"],
    odd_bits: [0x7ffd_5555_5555_5555, 0x7ff4_0000_0000_0000],
    bits: ["(i64.reinterpret_f64", ")"],
    canonical: 0x7ff8_0000_0000_0000,
    is_nan: |bits| f64::from_bits(bits).is_nan(),
};

/// Operations that only move bits. `NAN` is a NaN of the width, and `OTHER` one of the other.
const MOVES: [&str; 6] = [
    "NAN",
    "(F.neg NAN)",
    "(F.abs (F.neg NAN))",
    "(F.copysign NAN (F.const -1))",
    "(select NAN (F.const 1) (i32.const 1))",
    "(F.reinterpret_N (N.reinterpret_F NAN))",
];

/// Operations that compute: docs/METERING-REFERENCE.md names all of them.
const COMPUTES: [&str; 18] = [
    "(F.add NAN (F.const 1))",
    "(F.add (F.const 1) NAN)",
    "(F.add (F.const inf) (F.const -inf))",
    "(F.sub (F.const inf) (F.const inf))",
    "(F.sub NAN NAN)",
    "(F.mul NAN (F.const 0))",
    "(F.mul (F.const inf) (F.const 0))",
    "(F.div (F.const 0) (F.const 0))",
    "(F.div (F.const 1) NAN)",
    "(F.sqrt (F.const -1))",
    "(F.sqrt NAN)",
    "(F.min NAN (F.const 1))",
    "(F.max (F.const 1) NAN)",
    "(F.ceil NAN)",
    "(F.floor NAN)",
    "(F.trunc NAN)",
    "(F.nearest NAN)",
    "(CONVERT OTHER)",
];

impl Width {
    /// Each operation with each of the odd values.
    fn operations(&self, other: &Self, operations: &[&str]) -> Vec<String> {
        let with = |at: usize, operation: &&str| {
            let operation = operation.replace("NAN", self.odd[at]).replace("OTHER", other.odd[at]);
            let [own, bits] = [self.words[0].1, self.words[1].1].map(|word| word.trim_end_matches('.'));
            let operation = operation.replace("reinterpret_N", &format!("reinterpret_{bits}"));
            let operation = operation.replace("reinterpret_F", &format!("reinterpret_{own}"));
            self.words.iter().fold(operation, |text, (word, meaning)| text.replace(word, meaning))
        };
        (0..2).flat_map(|at| operations.iter().map(move |operation| with(at, operation))).collect()
    }

    /// A guest that answers with the bits of what these give.
    fn guest(&self, operations: &[String]) -> Vec<u8> {
        let [before, behind] = self.bits;
        let stores = operations.iter().enumerate().map(|(at, operation)| {
            format!("(i64.store (i32.const {}) {before} {operation}{behind})", 0x1010 + 8 * at)
        });
        let len = 8 * operations.len();
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

    /// The bits on Wasmer, wasm3, spacewasm and wasmi.
    fn on_all(&self, other: &Self, operations: &[&str]) -> [Vec<u64>; 4] {
        let wasm = self.guest(&self.operations(other, operations));
        let mut engines = Engines::default();
        engines.protocol.integrity = Integrity::Trusted;
        [
            bits(&mut engines.wasmer(&wasm).expect("wasmer")),
            bits(&mut engines.wasm3(&wasm).expect("wasm3")),
            bits(&mut engines.spacewasm(&wasm).expect("spacewasm")),
            bits(&mut engines.wasmi(&wasm).expect("wasmi")),
        ]
    }
}

fn bits(subject: &mut impl Subject) -> Vec<u64> {
    let reply = subject.raw("bits", b"").expect("the guest answers");
    reply.as_chunks().0.iter().map(|bits| u64::from_le_bytes(*bits)).collect()
}

#[test]
fn what_moves_bits_gives_the_same_everywhere() {
    let [wasmer, wasm3, others @ ..] = F32.on_all(&F64, &MOVES);
    assert_eq!([wasmer[0], wasmer[MOVES.len()]], F32.odd_bits);
    for other in others {
        assert_eq!(wasmer, other);
    }
    // wasm3 keeps a signalling `f32` in a register of 64 bits, which makes it a quiet one.
    const QUIET: u64 = 0x0040_0000;
    assert!(
        wasmer.iter().zip(&wasm3).all(|(bits, found)| found == bits || *found == bits | QUIET),
        "{wasm3:x?}"
    );
    assert_eq!(wasmer[..MOVES.len()], wasm3[..MOVES.len()]);
    assert_ne!(wasmer, wasm3);

    let [wasmer, others @ ..] = F64.on_all(&F32, &MOVES);
    assert_eq!([wasmer[0], wasmer[MOVES.len()]], F64.odd_bits);
    for other in others {
        assert_eq!(wasmer, other);
    }
}

#[test]
fn what_computes_gives_the_canonical_nan_on_wasmer_and_some_nan_elsewhere() {
    for (width, other) in [(F32, F64), (F64, F32)] {
        let [wasmer, others @ ..] = width.on_all(&other, &COMPUTES);
        assert!(wasmer.iter().all(|&bits| bits == width.canonical), "{wasmer:x?}");
        for other in others {
            assert_eq!(other.len(), 2 * COMPUTES.len());
            assert!(other.iter().all(|&bits| (width.is_nan)(bits)), "{other:x?}");
            println!("{other:x?}");
        }
    }
}
