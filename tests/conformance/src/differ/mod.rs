//! Random modules on all engines: the same results, the same errors, the same fuel.

mod floats;
mod module;

use crate::{Engines, Failure, Subject, limited};
use aingle_wasm_generator::bytes;
use aingle_wasm_host::Integrity;
pub use module::{Level, Random};
use std::fmt;

/// The fuel of a call: little, so that many calls run out of it.
const FUEL: u64 = 60_000;

/// What came of one call: the reply or what went wrong, the fuel, and the depth that was left where it can be seen.
#[derive(Debug)]
struct Outcome {
    result: Result<Vec<u8>, Failure>,
    fuel: Option<u64>,
    depth: Option<i32>,
}

impl Outcome {
    fn agrees(&self, other: &Self) -> bool {
        let seen = self.depth.zip(other.depth);
        self.result == other.result && self.fuel == other.fuel && seen.is_none_or(|(one, two)| one == two)
    }
}

/// The engines, in the order in which they are compared.
pub const ENGINES: [&str; 4] = ["wasmer", "wasmi", "wasm3", "spacewasm"];

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
    /// What each of the [`ENGINES`] did.
    pub engines: [Share; 4],
}

/// What one engine did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The modules that it ran, each compared with another engine.
    pub modules: usize,
    /// Its calls.
    pub calls: usize,
    /// The modules that it refused, and another ran, although they are of the features that it has.
    pub refused: usize,
    /// The modules that it refused for features that it has not.
    pub beyond: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { modules, calls, returned, out_of_fuel, too_deep, engines } = self;
        let trapped = calls - returned - out_of_fuel - too_deep;
        write!(f, "{modules} modules, {calls} calls: {returned} returned, {out_of_fuel} out of fuel, ")?;
        write!(f, "{too_deep} too deep, {trapped} trapped")?;
        for (name, Share { modules, calls, refused, beyond }) in ENGINES.iter().zip(engines) {
            write!(f, "; {name} ran {modules} modules with {calls} calls")?;
            write!(f, ", refused {refused}, and {beyond} of features that it has not")?;
        }
        Ok(())
    }
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
/// In words, when two engines differ, or the module can have no limits.
pub fn compare(random: &Random, seed: u64, tally: &mut Tally) -> Result<(), String> {
    limited(&random.wasm).map_err(|error| format!("seed {seed}: {error}"))?;
    let all = on_all(random, seed);
    let ran: Vec<usize> = (0..all.len()).filter(|&at| !refused(&all[at])).collect();
    let Some((&first, others)) = ran.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Ok(());
    };
    for &other in others {
        let differs = |at: &usize| !all[first][*at].agrees(&all[other][*at]);
        if let Some(at) = (0..all[first].len()).find(differs) {
            let outcome = |&engine: &usize| format!("{} {:?}", ENGINES[engine], all[engine][at]);
            let outcomes = ran.iter().map(outcome).collect::<Vec<_>>().join(", ");
            return Err(format!("seed {seed}, call {at}: {outcomes}"));
        }
    }
    tally.modules += 1;
    all[first].iter().for_each(|outcome| tally.count(&outcome.result));
    for (at, share) in tally.engines.iter_mut().enumerate() {
        match (ran.contains(&at), random.level.is_of(ENGINES[at])) {
            (true, _) => (share.modules, share.calls) = (share.modules + 1, share.calls + all[at].len()),
            (false, true) => share.refused += 1,
            (false, false) => share.beyond += 1,
        }
    }
    Ok(())
}

fn on_all(random: &Random, seed: u64) -> [Vec<Outcome>; 4] {
    let (depth, portable_only) = (1 + (seed % 128) as u32, random.level.is_portable());
    let mut engines = Engines { fuel: FUEL, depth, portable_only, ..Engines::default() };
    engines.protocol.integrity = Integrity::Trusted;
    let wasm = &random.wasm;
    [
        outcomes(random, seed, || engines.wasmer(wasm).map_err(Failure::from)),
        outcomes(random, seed, || embedded(engines.wasmi(wasm))),
        outcomes(random, seed, || embedded(engines.wasm3(wasm))),
        outcomes(random, seed, || embedded(engines.spacewasm(wasm))),
    ]
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

fn embedded<T>(made: Result<T, aingle_wasm_host_core::Error>) -> Result<T, Failure> {
    made.map_err(|error| Failure::of(error, &[]))
}

fn refused(outcomes: &[Outcome]) -> bool {
    outcomes.iter().any(|outcome| outcome.result == Err(Failure::Refused))
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
                    outcomes.push(Outcome { result: Err(failure), fuel: None, depth: None });
                    continue;
                }
            };
            let result = live.raw(name, &request);
            outcomes.push(Outcome { result, fuel: live.fuel(), depth: live.depth() });
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
