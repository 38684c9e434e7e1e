//! Hostile trials: modules, envelopes and files such as strangers could send, made by generators.
//!
//! A trial is one file of this folder and one line in [`TRIALS`]. Its cases are functions of their seeds, so that a
//! failure is repeated by its number. A case that breaks a promise returns an error in words; one that ends the
//! process or does not return shows in the last line that was printed.

mod cache;
mod cancel;
mod compile;
mod engines;
#[cfg(target_os = "linux")]
mod fork;
mod older;
mod pool;
mod replies;
mod start;
mod state;
mod wire;

use std::collections::BTreeMap;
use std::fmt;

/// One kind of hostile input.
pub struct Trial {
    /// The name on the command line.
    pub name: &'static str,
    /// What is tried, and what has to hold.
    pub about: &'static str,
    /// Number of cases that the tests run: some seconds of them at most.
    pub bounded: u64,
    /// Runs the case of a seed.
    pub run: fn(seed: u64, counts: &mut Counts) -> Result<(), String>,
}

/// All trials, in the order in which they run.
pub const TRIALS: &[Trial] = &[
    pool::TRIAL,
    #[cfg(target_os = "linux")]
    fork::TRIAL,
    cache::TRIAL,
    start::TRIAL,
    compile::TRIAL,
    compile::SMALL,
    engines::TRIAL,
    older::TRIAL,
    replies::TRIAL,
    cancel::TRIAL,
    wire::TRIAL,
];

/// Number of cases by their outcome, and the largest of each measured figure.
#[derive(Debug, Default)]
pub struct Counts {
    outcomes: BTreeMap<String, u64>,
    largest: BTreeMap<&'static str, u64>,
}

impl Counts {
    /// Counts one outcome.
    pub fn count(&mut self, outcome: impl Into<String>) {
        *self.outcomes.entry(outcome.into()).or_default() += 1;
    }

    /// Keeps a figure if it is the largest of its name.
    pub fn largest(&mut self, name: &'static str, figure: u64) {
        let kept = self.largest.entry(name).or_default();
        *kept = figure.max(*kept);
    }

    /// Returns how often an outcome was counted.
    #[must_use]
    pub fn of(&self, outcome: &str) -> u64 {
        self.outcomes.get(outcome).copied().unwrap_or(0)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}"));
        let largest = self.largest.iter().map(|(name, figure)| format!("largest {name} {figure}"));
        f.write_str(&counts.chain(largest).collect::<Vec<_>>().join(", "))
    }
}

/// Runs cases of a trial from a seed on, while `more` of their number says so. Returns how many ran.
///
/// # Errors
/// The seed and the words of the first case that broke a promise.
pub fn run(
    trial: &Trial,
    first: u64,
    counts: &mut Counts,
    mut more: impl FnMut(u64) -> bool,
) -> Result<u64, String> {
    let mut ran = 0;
    while more(ran) {
        let seed = first + ran;
        (trial.run)(seed, counts).map_err(|broken| format!("{}, seed {seed}: {broken}", trial.name))?;
        ran += 1;
    }
    Ok(ran)
}
