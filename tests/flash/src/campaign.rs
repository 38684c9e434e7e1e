//! Runs a history with the power cut in every operation, and again in every operation of the recovery.

use crate::cut::{Cut, Operation};
use crate::flash::Flash;
use std::fmt;

/// Why a history stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The power was cut.
    PowerOff,
    /// An operation on the flash failed.
    Failed(String),
    /// Something that must hold does not.
    Broken(String),
}

/// A scripted history of one device, and a witness of what the device acknowledged.
///
/// The witness outlives cuts of power; what [`Life::boot`] returns does not.
pub trait Life<const WRITE: usize, const ERASE: usize>: Clone {
    /// What is lost with the power.
    type Device;

    /// How many steps the history has.
    fn steps(&self) -> usize;

    /// Returns whether the device restarts before this step.
    fn restarts(&self, step: usize) -> bool;

    /// Starts the device, and compares what it knows with what it acknowledged.
    ///
    /// # Errors
    ///
    /// If the power is cut, or something does not hold.
    fn boot(&mut self, flash: &mut Flash<WRITE, ERASE>) -> Result<Self::Device, Stop>;

    /// Does a step, which a cut of power may have interrupted before.
    ///
    /// # Errors
    ///
    /// If the power is cut, or something does not hold.
    fn step(
        &mut self,
        step: usize,
        device: &mut Self::Device,
        flash: &mut Flash<WRITE, ERASE>,
    ) -> Result<(), Stop>;
}

/// How much a campaign runs.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Of the bytes of a write in the history, each such one is cut: 1 is every byte.
    pub first_step: usize,
    /// The same for writes of a recovery.
    pub second_step: usize,
    /// Of the cuts in the history, each such one is followed by second cuts: 1 is every cut, 0 is none.
    pub second_every: usize,
    /// Only these steps of the history, if not all.
    pub steps: Option<(usize, usize)>,
    /// Decides what torn bits read as.
    pub seed: u64,
}

impl Extent {
    /// Every byte of the history and of each recovery.
    pub const FULL: Self = Self { first_step: 1, second_step: 1, second_every: 1, steps: None, seed: 1 };
}

/// What a campaign ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Writes and erases of the history.
    pub operations: u64,
    /// Histories with one cut.
    pub single: u64,
    /// Histories with two cuts.
    pub double: u64,
    /// Histories with many cuts at random.
    pub random: u64,
}

impl Count {
    /// Returns how many histories were run.
    #[must_use]
    pub const fn histories(&self) -> u64 {
        self.single + self.double + self.random
    }
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.operations += other.operations;
        self.single += other.single;
        self.double += other.double;
        self.random += other.random;
    }
}

/// A history in which something did not hold.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The step that was cut.
    pub step: usize,
    /// The first cut, and the operation.
    pub first: Option<(Cut, Operation)>,
    /// The second cut, and the operation.
    pub second: Option<(Cut, Operation)>,
    /// What did not hold.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "step {}: {}", self.step, self.what)?;
        for (name, cut) in [("first", self.first), ("second", self.second)] {
            if let Some((cut, operation)) = cut {
                writeln!(f, "  {name} cut: {cut:?} in {operation:?}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// A flash, and the witness of what was acknowledged on it.
#[derive(Clone)]
struct Point<L, const WRITE: usize, const ERASE: usize> {
    flash: Flash<WRITE, ERASE>,
    life: L,
}

impl<L: Life<WRITE, ERASE>, const WRITE: usize, const ERASE: usize> Point<L, WRITE, ERASE> {
    /// Boots, and runs steps `from..to`. Restarts the device where the history does.
    fn run(&mut self, from: usize, to: usize) -> Result<(), Stop> {
        let mut device = self.life.boot(&mut self.flash)?;
        for step in from..to {
            if step > from && self.life.restarts(step) {
                device = self.life.boot(&mut self.flash)?;
            }
            self.life.step(step, &mut device, &mut self.flash)?;
        }
        Ok(())
    }

    /// Runs with one cut. Returns whether the power was cut.
    fn run_cut(&mut self, from: usize, to: usize, cut: Cut, seed: u64) -> Result<bool, String> {
        self.flash.reseed(seed);
        self.flash.cut_at(Some(cut));
        let stopped = self.run(from, to);
        let off = self.flash.is_off();
        self.flash.reboot();
        match stopped {
            Err(Stop::Broken(what) | Stop::Failed(what)) => Err(what),
            Err(Stop::PowerOff) if !off => Err("an operation failed though the power was on".to_owned()),
            _ => Ok(off),
        }
    }

    /// Runs without a cut, and returns the operations.
    fn run_traced(&mut self, from: usize, to: usize) -> Result<Vec<Operation>, String> {
        self.flash.begin_trace();
        let stopped = self.run(from, to);
        let operations = self.flash.end_trace();
        match stopped {
            Ok(()) => Ok(operations),
            Err(Stop::Broken(what) | Stop::Failed(what)) => Err(what),
            Err(Stop::PowerOff) => Err("an operation failed though the power was on".to_owned()),
        }
    }
}

/// Runs a history with all its cuts.
///
/// # Errors
///
/// The first history in which something did not hold.
pub fn run<L: Life<WRITE, ERASE>, const WRITE: usize, const ERASE: usize>(
    life: &L,
    flash: &Flash<WRITE, ERASE>,
    extent: Extent,
) -> Result<Count, Box<Failure>> {
    let mut count = Count::default();
    let mut at = Point { flash: flash.clone(), life: life.clone() };
    let steps = life.steps();
    let (from, to) = extent.steps.unwrap_or((0, steps));
    for step in 0..steps.min(to) {
        let before = at.clone();
        let operations = at.run_traced(step, step + 1).map_err(|what| failure(step, None, None, what))?;
        if step >= from {
            count.operations += operations.len() as u64;
            let cuts = operations.iter().enumerate().flat_map(|(number, operation)| {
                operation.cuts(number as u64, extent.first_step).into_iter().map(|cut| (cut, *operation))
            });
            for (number, first) in cuts.enumerate() {
                count.single += 1;
                let deep = extent.second_every > 0 && number.is_multiple_of(extent.second_every);
                count.double += cut_once(&before, step, first, deep, extent, number as u64)?;
            }
        }
    }
    Ok(count)
}

/// Runs one step with one cut, then its recovery with each second cut. Returns how many second cuts there were.
fn cut_once<L: Life<WRITE, ERASE>, const WRITE: usize, const ERASE: usize>(
    before: &Point<L, WRITE, ERASE>,
    step: usize,
    first: (Cut, Operation),
    deep: bool,
    extent: Extent,
    number: u64,
) -> Result<u64, Box<Failure>> {
    let seed = extent.seed.wrapping_mul(0x9E37_79B9).wrapping_add(number);
    let end = before.life.steps();
    let fail = |second, what| failure(step, Some(first), second, what);
    let mut cut = before.clone();
    cut.run_cut(step, step + 1, first.0, seed).map_err(|what| fail(None, what))?;
    let mut recovery = cut.clone();
    let operations = recovery.run_traced(step, step + 1).map_err(|what| fail(None, what))?;
    let until = if number.is_multiple_of(16) { end } else { (step + 2).min(end) };
    recovery.run_traced(step + 1, until).map_err(|what| fail(None, format!("later: {what}")))?;
    if !deep {
        return Ok(0);
    }
    let mut count = 0;
    for (index, operation) in operations.iter().enumerate() {
        for second in operation.cuts(index as u64, extent.second_step) {
            count += 1;
            let fail = |what| fail(Some((second, *operation)), what);
            let mut twice = cut.clone();
            twice.run_cut(step, step + 1, second, seed ^ (count << 20)).map_err(fail)?;
            twice.run_traced(step, (step + 2).min(end)).map_err(fail)?;
        }
    }
    Ok(count)
}

fn failure(
    step: usize,
    first: Option<(Cut, Operation)>,
    second: Option<(Cut, Operation)>,
    what: String,
) -> Box<Failure> {
    Box::new(Failure { step, first, second, what })
}
