//! Attacks on a side, and what its counters have to be.

use crate::flight::{Flight, Report, Side};
use crate::table::Table;
use crate::wire::{self, Attack};
use anyhow::{Context, Result};

/// Frames of each attack.
const COUNT: u32 = 5;
/// Milliseconds between two frames of an attack. The emulator takes the bytes of a UART one by one, each when this machine has woken up: frames
/// without a gap would hold the sticks back.
const GAP: u64 = 20;
/// Frames that overtake one that is held back: more than the window has.
const DELAY: u32 = 70;

/// Names of the counters, in their order.
const COUNTERS: [&str; 12] = [
    "accepted",
    "accepted, reordered",
    "greetings",
    "garbled",
    "truncated",
    "foreign",
    "forged",
    "reflected",
    "replayed",
    "delayed",
    "stale",
    "not stored",
];
const REORDERED: usize = 1;
const FORGED: usize = 6;
const REFLECTED: usize = 7;
const REPLAYED: usize = 8;
pub const DELAYED: usize = 9;
pub const STALE: usize = 10;

/// What is made of frames, and which counter counts it.
const ATTACKS: [(Attack, usize); 9] = [
    (wire::garble, 3),
    (wire::overlong, 3),
    (wire::truncate, 4),
    (wire::other_spi, 5),
    (wire::other_channel, 5),
    (wire::forge_payload, FORGED),
    (wire::forge_tag, FORGED),
    (wire::forge_counter, FORGED),
    (wire::truncate_by_one, FORGED),
];

/// Attacks a side in every way. Its counters have to be what was sent.
pub fn all(flight: &mut Flight, side: Side, table: &mut Table) -> Result<()> {
    let (to, from) = (side as usize, 1 - side as usize);
    let before = flight.settle()?;
    let mut wanted = [0; 12];
    for (attack, counter) in ATTACKS {
        for _ in 0..COUNT {
            let frame = attack(newest(flight, to)?)?;
            flight.machines[to].link.send_frame(&frame)?;
            flight.fly(GAP)?;
            wanted[counter] += 1;
        }
    }
    for (lane, counter) in [(to, REPLAYED), (from, REFLECTED)] {
        for _ in 0..COUNT {
            let frame = newest(flight, lane)?.to_owned();
            flight.machines[to].link.send_frame(&frame)?;
            flight.fly(GAP)?;
            wanted[counter] += 1;
        }
    }
    for (overtaken_by, counter) in [(1, REORDERED), (DELAY, DELAYED)] {
        hold(flight, to, overtaken_by)?;
        wanted[counter] += 1;
    }
    // It is accepted, so it counts as one that was passed on.
    flight.lanes[to].passed += 1;
    compare(flight, side, before, wanted, table)
}

/// Sends old frames to a side. All have to be counted there, and none accepted.
pub fn old(
    flight: &mut Flight,
    side: Side,
    frames: &[Vec<u8>],
    counter: usize,
    table: &mut Table,
) -> Result<()> {
    let before = flight.settle()?;
    for frame in frames {
        flight.machines[side as usize].link.send_frame(frame)?;
        flight.fly(GAP)?;
    }
    let mut wanted = [0; 12];
    wanted[counter] = frames.len() as u32;
    compare(flight, side, before, wanted, table)
}

fn newest(flight: &Flight, lane: usize) -> Result<&[u8]> {
    flight.lanes[lane].recorded.back().map(Vec::as_slice).context("no frame was recorded")
}

/// Holds one frame back until others have overtaken it.
fn hold(flight: &mut Flight, lane: usize, overtaken_by: u32) -> Result<()> {
    flight.lanes[lane].hold = 1;
    flight.fly_until(100, |flight| flight.lanes[lane].hold == 0)?;
    let passed = flight.lanes[lane].passed;
    flight.fly_until(5_000, |flight| flight.lanes[lane].passed >= passed + overtaken_by)?;
    let frame = flight.lanes[lane].held.pop().context("no frame was held back")?;
    flight.machines[lane].link.send_frame(&frame)?;
    flight.fly(GAP)
}

fn compare(
    flight: &mut Flight,
    side: Side,
    before: Report,
    wanted: [u32; 12],
    table: &mut Table,
) -> Result<()> {
    let (report, at) = (flight.settle()?, side as usize);
    let (old, new, name) = (before.counters[at], report.counters[at], ["node", "controller"][at]);
    // What was passed on is fresh, or a greeting.
    for (number, what) in COUNTERS.iter().enumerate().filter(|(number, _)| ![0, 2].contains(number)) {
        let found = new[number].wrapping_sub(old[number]);
        if wanted[number] != 0 || found != 0 {
            table.equal(&format!("{name}: {what}"), wanted[number], found);
        }
    }
    table.equal(
        &format!("{name}: accepted beyond what was passed on"),
        0,
        report.leads[at] - before.leads[at],
    );
    table.equal("outputs were safe meanwhile", 0, report.losses - before.losses);
    Ok(())
}
