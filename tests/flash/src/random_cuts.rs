//! Runs a history with many cuts of power at random operations, far more than two in one recovery.

use crate::campaign::{Life, Stop};
use crate::cut::{Cut, Erased, Torn};
use crate::flash::Flash;
use crate::random::Random;

/// Most cuts between two finished steps, after which the power stays on.
const MOST: u32 = 7;

/// Runs a history in which the power fails after a few operations, again and again. Returns how many cuts there were.
///
/// # Errors
///
/// What did not hold, and where.
pub fn run<L: Life<WRITE, ERASE>, const WRITE: usize, const ERASE: usize>(
    life: &L,
    flash: &Flash<WRITE, ERASE>,
    seed: u64,
) -> Result<u64, String> {
    let mut random = Random::new(seed);
    run_with(life, flash, seed, || Some(cut(&mut random)))
}

/// Runs a history with the cuts that `next` returns, one for each boot. Returns how many cuts there were.
///
/// # Errors
///
/// What did not hold, and where.
pub fn run_with<L: Life<WRITE, ERASE>, const WRITE: usize, const ERASE: usize>(
    life: &L,
    flash: &Flash<WRITE, ERASE>,
    seed: u64,
    mut next: impl FnMut() -> Option<Cut>,
) -> Result<u64, String> {
    let (mut life, mut flash) = (life.clone(), flash.clone());
    flash.reseed(seed);
    let (mut step, mut cuts, mut here) = (0, 0, 0);
    let mut device = None;
    while step < life.steps() {
        if device.is_none() {
            flash.reboot();
            flash.cut_at(next().filter(|_| here < MOST));
        }
        let fresh = device.is_none() || life.restarts(step);
        let result = if fresh { life.boot(&mut flash).map(|booted| device = Some(booted)) } else { Ok(()) };
        let result = match (&result, &mut device) {
            (Ok(()), Some(device)) => life.step(step, device, &mut flash),
            _ => result,
        };
        match result {
            Ok(()) => {
                step += 1;
                here = 0;
            }
            Err(Stop::PowerOff) if flash.is_off() => {
                cuts += 1;
                here += 1;
                device = None;
            }
            Err(Stop::PowerOff) => {
                return Err(format!("seed {seed}, step {step}: failed though the power was on"));
            }
            Err(Stop::Broken(what) | Stop::Failed(what)) => {
                return Err(format!("seed {seed}, step {step}, cut {cuts}: {what}"));
            }
        }
    }
    Ok(cuts)
}

/// Returns a cut within the next operations: mostly soon, so that recoveries are cut too.
fn cut(random: &mut Random) -> Cut {
    let far = [3, 8, 30, 80][random.below(4)];
    let long = [4, 16, 64, 256][random.below(4)];
    Cut {
        operation: random.below(far) as u64,
        bytes: random.below(long),
        torn: Torn::ALL[random.below(Torn::ALL.len())],
        erased: Erased::ALL[random.below(Erased::ALL.len())],
    }
}
