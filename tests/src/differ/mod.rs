//! Random modules on all engines: the same results, the same errors, the same fuel.

mod module;

use crate::{Engines, Failure, Subject};
use aingle_wasm_host::Integrity;
pub use module::Random;
use std::fmt;

/// The fuel of a call: little, so that many calls run out of it.
const FUEL: u64 = 60_000;

/// What came of one call: the reply or what went wrong, and the fuel.
type Outcome = (Result<Vec<u8>, Failure>, Option<u64>);

/// How much was compared.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// The modules that at least two engines ran.
    pub modules: usize,
    /// The calls, on all engines that ran the module.
    pub calls: usize,
    /// How many of them returned.
    pub returned: usize,
    /// How many ran out of fuel.
    pub out_of_fuel: usize,
    /// How many were nested too deeply.
    pub too_deep: usize,
    /// How many times an engine refused a module that another ran.
    pub refused: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { modules, calls, returned, out_of_fuel, too_deep, refused } = self;
        let trapped = calls - returned - out_of_fuel - too_deep;
        write!(f, "{modules} modules, {calls} calls: {returned} returned, {out_of_fuel} out of fuel, ")?;
        write!(f, "{too_deep} too deep, {trapped} trapped; {refused} times an engine refused a module")
    }
}

/// Random bytes of a seed.
pub(crate) fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..len.div_ceil(8)).flat_map(|_| next()).take(len).collect()
}

/// Runs the module of a seed on every engine.
///
/// # Errors
/// In words, when two engines differ.
pub fn run(seed: u64, tally: &mut Tally) -> Result<(), String> {
    Random::new(seed).map_or(Ok(()), |random| compare(&random, seed, tally))
}

/// Runs a module on every engine, with the arguments and limits of a seed.
///
/// # Errors
/// In words, when two engines differ.
pub fn compare(random: &Random, seed: u64, tally: &mut Tally) -> Result<(), String> {
    let mut engines = Engines { fuel: FUEL, depth: 1 + (seed % 128) as u32, ..Engines::default() };
    engines.protocol.integrity = Integrity::Trusted;
    let wasm = &random.wasm;
    let all = [
        ("wasmer", outcomes(random, seed, || engines.wasmer(wasm).map_err(Failure::from))),
        ("wasmi", outcomes(random, seed, || embedded(engines.wasmi(wasm)))),
        ("wasm3", outcomes(random, seed, || embedded(engines.wasm3(wasm)))),
        ("spacewasm", outcomes(random, seed, || embedded(engines.spacewasm(wasm)))),
    ];
    let ran: Vec<_> = all.iter().filter(|(_, outcomes)| !refused(outcomes)).collect();
    tally.refused += if ran.is_empty() { 0 } else { all.len() - ran.len() };
    let Some(((first, expected), others)) = ran.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Ok(());
    };
    for (name, found) in others {
        if let Some(at) = (0..expected.len()).find(|&at| expected[at] != found[at]) {
            let (left, right) = (&expected[at], &found[at]);
            return Err(format!("seed {seed}, call {at}: {first} {left:?}, {name} {right:?}"));
        }
    }
    tally.modules += 1;
    expected.iter().for_each(|(result, _)| tally.count(result));
    Ok(())
}

impl Tally {
    fn count(&mut self, result: &Result<Vec<u8>, Failure>) {
        self.calls += 1;
        match result {
            Ok(_) => self.returned += 1,
            Err(Failure::OutOfFuel) => self.out_of_fuel += 1,
            Err(Failure::CallDepth) => self.too_deep += 1,
            Err(_) => {}
        }
    }
}

fn embedded<T>(made: Result<T, aingle_wasm_bridge::Error>) -> Result<T, Failure> {
    made.map_err(|error| Failure::of(error, &[]))
}

fn refused(outcomes: &[Outcome]) -> bool {
    outcomes.iter().any(|(result, _)| *result == Err(Failure::Refused))
}

/// Calls every function three times. An instance that was stopped is followed by a fresh one.
fn outcomes<S: Subject>(random: &Random, seed: u64, make: impl Fn() -> Result<S, Failure>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut subject = None;
    for (at, (name, arity)) in random.functions.iter().enumerate() {
        for turn in 0..3 {
            let request = arguments(seed ^ (turn << 32) ^ at as u64, *arity);
            let live = match subject.take() {
                Some(live) => Ok(live),
                None => make(),
            };
            let mut live = match live {
                Ok(live) => live,
                Err(failure) => {
                    outcomes.push((Err(failure), None));
                    continue;
                }
            };
            let result = live.raw(name, &request);
            outcomes.push((result, live.fuel()));
            subject = Some(live).filter(|live| !live.poisoned());
        }
    }
    outcomes
}

/// Small numbers now and then, so that loops end and addresses are in memory.
fn arguments(seed: u64, arity: usize) -> Vec<u8> {
    let values = bytes(seed, arity * 8);
    if seed.is_multiple_of(3) {
        return values.chunks(8).flat_map(|value| u64::from(value[0]).to_le_bytes()).collect();
    }
    values
}
