//! Cuts the power at random moments of updates.

use crate::blobs::{Modules, Signers};
use crate::link;
use crate::trial::Board;
use anyhow::{Result, ensure};
use std::thread;
use std::time::{Duration, Instant};

/// What became of the cuts.
#[derive(Default)]
pub struct Counts {
    /// The board ran the module before, and took the new one from its first byte.
    pub anew: u32,
    /// It ran the module before, and took the rest of the new one.
    pub resumed: u32,
    /// It ran the new one.
    pub new: u32,
}

/// Updates the board so often, each time with a cut of the power at a moment that `seed` decides. After each cut it has to run the module
/// before or the new one, and in the end the new one.
pub fn run(
    board: &mut Board,
    modules: &Modules,
    sign: &Signers,
    first: u32,
    count: u32,
    seed: u64,
) -> Result<Counts> {
    let mut random = Random(seed | 1);
    let mut counts = Counts::default();
    // The first update is not cut, and shows how long one takes, with the boot at its end.
    let began = Instant::now();
    link::send(&mut board.machine, &sign.good(&modules.v2, first)?)?;
    board.wait_until_ready()?;
    let whole = began.elapsed();
    for number in 1..=count {
        let (module, version) = if number % 2 == 1 { (&modules.v1, 1) } else { (&modules.v2, 2) };
        let sequence = first + number;
        let blob = sign.good(module, sequence)?;
        let (before, after) = (board.runs.clone(), format!("version {version}, sequence {sequence}"));
        let moment = whole.mul_f64(random.part());
        cut_after(board, &blob, moment)?;
        if board.runs == after {
            counts.new += 1;
            continue;
        }
        ensure!(board.runs == before, "cut after {moment:?}: {} runs, no longer {before}", board.runs);
        let sent = link::send(&mut board.machine, &blob)?;
        ensure!(sent.refused.is_none(), "cut after {moment:?}: the module was refused when it came again");
        match sent.from {
            Some(0) => counts.anew += 1,
            _ => counts.resumed += 1,
        }
        let report = board.wait_until_ready()?;
        ensure!(
            board.runs == after,
            "cut after {moment:?}: {} runs, not {after}: report {report}",
            board.runs
        );
    }
    Ok(counts)
}

/// Sends for so long, or waits when it is sent, and cuts the power.
fn cut_after(board: &mut Board, blob: &[u8], moment: Duration) -> Result<()> {
    let end = Instant::now() + moment;
    link::send_until(&mut board.machine, blob, end)?;
    thread::sleep(end.saturating_duration_since(Instant::now()));
    board.power_cycle()
}

/// xorshift64*: repeatable.
struct Random(u64);

impl Random {
    /// A number from 0 to 1.
    fn part(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f64 / f64::from(1 << 24)
    }
}
