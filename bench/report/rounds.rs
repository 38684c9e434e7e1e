//! The rounds: every candidate does a little of every work in turn, so that what else the machine does meets all. And
//! the runs, in each of which every candidate is another process.

use super::candidate::Candidate;
use super::figures::Figures;
use anyhow::{Context, Result, ensure};
use std::time::Duration;

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Effort {
    /// In each run every program is started anew: where its code and its memory are differs from run to run.
    runs: usize,
    /// The rounds of a run.
    rounds: usize,
    /// The rounds that even the slowest work gets in a run.
    at_least: usize,
    /// How long one batch of one case takes, about.
    batch: Duration,
    /// How long a case may take in all rounds of a run, about.
    timeout: Duration,
}

impl Effort {
    pub const WHOLE: Self = Self {
        runs: 5,
        rounds: 9,
        at_least: 2,
        batch: Duration::from_millis(10),
        timeout: Duration::from_millis(300),
    };
    pub const QUICK: Self = Self {
        runs: 1,
        rounds: 11,
        at_least: 3,
        batch: Duration::from_millis(4),
        timeout: Duration::from_millis(200),
    };
}

/// One timed case under way.
struct Lane {
    candidate: usize,
    name: String,
    /// How many times the work is done in a batch.
    count: u64,
    spent: Duration,
    done: usize,
}

/// Runs all rounds of the works whose name contains `only`.
pub fn run(participants: &mut [Candidate], effort: Effort, only: Option<&str>) -> Result<Figures> {
    let mut figures = Figures::default();
    let mut lanes = Vec::new();
    for (at, candidate) in participants.iter_mut().enumerate() {
        let wanted = |name: &str| only.is_none_or(|text| name.contains(text));
        let cases: Vec<_> = candidate.cases.iter().filter(|(name, _)| wanted(name)).cloned().collect();
        eprintln!("{}: {} cases", candidate.path().display(), cases.len());
        for (name, unit) in cases {
            let entered = match unit.as_str() {
                "ns" => {
                    calibrate(candidate, &name, effort).map(|count| lanes.push(Lane::new(at, &name, count)))
                }
                _ => candidate.ask_afresh(&name).map(|found| figures.note(&name, &unit, 0, found as f64)),
            };
            if let Err(error) = entered {
                eprintln!("without {name}: {error:#}");
            }
        }
    }
    ensure!(!lanes.is_empty() || figures.any(), "no work has such a name");
    // Those that do the same work stand side by side.
    lanes.sort_by(|a, b| a.work().cmp(b.work()));
    for run in 0..effort.runs {
        if run > 0 {
            start_anew(participants, &mut lanes)?;
        }
        for round in 0..effort.rounds {
            eprint!("\rrun {} of {}, round {} of {} ", run + 1, effort.runs, round + 1, effort.rounds);
            for lane in &mut lanes {
                let number = run * effort.rounds + round;
                lane.round(&mut participants[lane.candidate], number, effort, &mut figures)?;
            }
        }
    }
    figures.rounds_of_run = effort.rounds;
    eprintln!();
    Ok(figures)
}

/// Starts every program again, and has each do all its work once.
fn start_anew(participants: &mut [Candidate], lanes: &mut [Lane]) -> Result<()> {
    for candidate in participants.iter_mut() {
        *candidate = Candidate::start(candidate.program.clone())?;
    }
    for lane in lanes {
        participants[lane.candidate].ask(&lane.name, 1).with_context(|| lane.name.clone())?;
        (lane.spent, lane.done) = (Duration::ZERO, 0);
    }
    Ok(())
}

/// How many times the work is to be done so that it takes as long as a batch.
fn calibrate(candidate: &mut Candidate, name: &str, effort: Effort) -> Result<u64> {
    // The first makes ready, and warms up.
    candidate.ask(name, 1)?;
    let mut count = 1;
    loop {
        let took = candidate.ask(name, count)?.max(1);
        let wanted = effort.batch.as_nanos() as u64;
        if took >= wanted / 4 {
            return Ok((count * wanted / took).max(1));
        }
        count *= 2;
    }
}

impl Lane {
    fn new(candidate: usize, name: &str, count: u64) -> Self {
        Self { candidate, name: name.to_owned(), count, spent: Duration::ZERO, done: 0 }
    }

    fn work(&self) -> &str {
        self.name.split_once('/').map_or("", |(_, work)| work)
    }

    fn round(
        &mut self,
        candidate: &mut Candidate,
        round: usize,
        effort: Effort,
        figures: &mut Figures,
    ) -> Result<()> {
        if self.spent >= effort.timeout && self.done >= effort.at_least {
            return Ok(());
        }
        let took = candidate.ask(&self.name, self.count).with_context(|| self.name.clone())?;
        self.spent += Duration::from_nanos(took);
        self.done += 1;
        figures.note(&self.name, "ns", round, took as f64 / self.count as f64);
        Ok(())
    }
}
