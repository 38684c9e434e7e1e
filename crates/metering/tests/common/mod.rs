//! One way to run a module on every engine that the tests have.
#![allow(dead_code, missing_docs)]

pub mod on_wasmer;
pub mod on_wasmi;

use aingle_wasm_types::metering::Counters;
pub use on_wasmer::Wasmer;
pub use on_wasmi::Wasmi;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a call left behind: bits of its results or the kind of its trap, and the counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub result: Result<Vec<u64>, Trap>,
    pub reading: Option<Counters>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trap {
    Unreachable,
    Memory,
    Table,
    Null,
    Signature,
    DivisionByZero,
    Overflow,
    Conversion,
    Stack,
    Other,
}

/// Number types only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arg {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
}

pub trait Machine {
    fn call(&mut self, export: &str, args: &[Arg]) -> Outcome;
    fn set(&mut self, fuel: i64, depth: i32);
    fn reading(&mut self) -> Option<Counters>;
    /// How many times an imported function was called.
    fn host_calls(&self) -> usize;
}

/// How many times imported functions were called.
#[derive(Clone, Default)]
struct Calls(Arc<AtomicUsize>);

impl Calls {
    fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn so_far(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// What every imported function gives as each of its results: something that depends on what it was given,
/// of up to 16 bits.
fn answer(args: impl Iterator<Item = u64>) -> u32 {
    args.fold(0, |sum: u64, bits| sum.wrapping_mul(31).wrapping_add(bits)) as u16 as u32
}

/// All NaNs are one: their bits are not this crate's subject.
fn canonical32(bits: u32) -> u32 {
    if f32::from_bits(bits).is_nan() { 0x7fc0_0000 } else { bits }
}

fn canonical64(bits: u64) -> u64 {
    if f64::from_bits(bits).is_nan() { 0x7ff8_0000_0000_0000 } else { bits }
}

pub fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("a module that is written down here")
}

/// The module on all engines.
pub fn machines(wasm: &[u8]) -> Vec<(&'static str, Box<dyn Machine>)> {
    vec![
        ("wasmi", Box::new(Wasmi::new(wasm).expect("wasmi"))),
        ("wasmer, optimised", Box::new(Wasmer::new(wasm, true).expect("wasmer"))),
        ("wasmer, not optimised", Box::new(Wasmer::new(wasm, false).expect("wasmer"))),
    ]
}

/// Calls an export on all engines, with one budget, and gives what they agree on.
pub fn agreed(wasm: &[u8], export: &str, args: &[Arg], fuel: i64, depth: i32) -> Outcome {
    let mut agreed: Option<Outcome> = None;
    for (name, mut machine) in machines(wasm) {
        machine.set(fuel, depth);
        let outcome = machine.call(export, args);
        assert_eq!(agreed.get_or_insert_with(|| outcome.clone()), &outcome, "{name}");
    }
    agreed.expect("there are engines")
}
