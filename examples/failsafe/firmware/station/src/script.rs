//! The script of the demo.

use crate::attacks::{self, DELAYED, STALE};
use crate::flight::{Flight, Side};
use crate::table::Table;
use anyhow::{Result, ensure};
use failsafe::sbus::Sbus;
use std::collections::BTreeSet;

/// The safe pulse.
const SAFE: u32 = 900;
/// What the controller's script asks for.
const FLOWN: [u32; 4] = [1000, 1250, 1500, 1750];
/// The promise, in microseconds.
const PROMISE: u32 = 100_000;
/// Wake-ups of the idle node in a second: one for each greeting, and a few.
const IDLE_WAKES: u32 = 60;
/// Bytes of the part's SRAM.
const SRAM: u32 = 8192;

const LOW: u16 = 172;
const AUTOMATIC: u16 = 172;
const MANUAL: u16 = 1800;

/// A frame of the sticks: in the middle, except the throttle and the mode.
fn sticks(throttle: u16, mode: u16) -> Option<Sbus> {
    let mut channels = [992; 16];
    (channels[2], channels[4]) = (throttle, mode);
    Some(Sbus { channels, lost: false, failsafe: false })
}

/// Runs all of it.
pub fn run(flight: &mut Flight, variables: u32, table: &mut Table) -> Result<()> {
    idle(flight, table)?;
    fly(flight, table)?;
    cut(flight, table)?;
    attacks::all(flight, Side::Node, table)?;
    attacks::all(flight, Side::Controller, table)?;
    restarts(flight, table)?;
    memory(flight, variables, table);
    Ok(())
}

/// Nobody is heard: the node sleeps between its greetings, and the outputs are safe.
fn idle(flight: &mut Flight, table: &mut Table) -> Result<()> {
    ensure!(flight.fly_until(20_000, |flight| flight.figures[0].len() > 5)?, "the node does not run");
    let figures = &flight.figures[0];
    let ([from, wakes_from, ..], [to, wakes_to, ..]) = (figures[1], figures[figures.len() - 1]);
    let wakes = u64::from(wakes_to - wakes_from) * 1_000_000 / u64::from(to - from);
    table.at_most("idle node", IDLE_WAKES, wakes as u32, "wake-ups/s");
    table.equal("idle node: outputs", SAFE, flight.pulse());
    Ok(())
}

/// The controller flies its script, and then the pilot takes over.
fn fly(flight: &mut Flight, table: &mut Table) -> Result<()> {
    flight.sticks = sticks(LOW, AUTOMATIC);
    flight.lanes.iter_mut().for_each(|lane| lane.is_cut = false);
    ensure!(flight.fly_until(5_000, |flight| flight.reports > 3)?, "the controller hears no report");
    let from = flight.outputs.len();
    flight.fly(1_100)?;
    let flown: BTreeSet<_> = flight.outputs[from..].iter().flat_map(|outputs| outputs.pulses).collect();
    table.equal("flown by the controller", words(&FLOWN.into()), words(&flown));
    flight.sticks = sticks(1200, MANUAL);
    flight.fly(60)?;
    table.equal("flown by the pilot", 1627, flight.pulse());
    flight.sticks = sticks(LOW, AUTOMATIC);
    flight.fly(60)
}

fn words(numbers: &BTreeSet<u32>) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}

/// Each side falls silent, at several moments, or sends garbage alone.
fn cut(flight: &mut Flight, table: &mut Table) -> Result<()> {
    for moment in [0, 3, 7] {
        flight.fly(100 + moment)?;
        flight.lanes[0].is_cut = true;
        silence(flight, "link cut", 0, table)?;
        flight.lanes[0].is_cut = false;
        ensure!(recovers(flight)?, "the node does not fly after its link is back");
        flight.fly(100 + moment)?;
        flight.sticks = None;
        silence(flight, "sticks cut", 1, table)?;
        flight.sticks = sticks(LOW, AUTOMATIC);
        ensure!(recovers(flight)?, "the node does not fly after its sticks are back");
    }
    flight.lanes[0].is_cut = true;
    for _ in 0..40 {
        flight.machines[0].link.send(&[0x55; 20])?;
        flight.fly(5)?;
    }
    table.equal("garbage on the link: outputs", SAFE, flight.pulse());
    flight.lanes[0].is_cut = false;
    ensure!(recovers(flight)?, "the node does not fly after the garbage");
    table.equal("losses that the node reports", 7, flight.settle()?.losses);
    Ok(())
}

fn silence(flight: &mut Flight, what: &str, side: usize, table: &mut Table) -> Result<()> {
    let losses = flight.report.losses;
    let from = flight.outputs.len();
    flight.fly(200)?;
    let safe = flight.outputs[from..].iter().find(|outputs| outputs.pulses == [SAFE; 4]);
    let after = safe.map(|outputs| outputs.at.wrapping_sub(outputs.last[side]));
    let found = after.map_or("never".into(), |after| format!("{:.1} ms", f64::from(after) / 1000.0));
    let stayed = flight.pulse() == SAFE;
    let holds = after.is_some_and(|after| after <= PROMISE) && stayed && flight.report.losses >= losses;
    table.add(&format!("{what}: outputs safe after"), "at most 100.0 ms".into(), found, holds);
    Ok(())
}

/// Waits until the outputs are not safe any more.
fn recovers(flight: &mut Flight) -> Result<bool> {
    flight.fly_until(2_000, |flight| ![0, SAFE].contains(&flight.pulse()))
}

/// The power of each side is cut, and of both. Frames of before are not accepted.
fn restarts(flight: &mut Flight, table: &mut Table) -> Result<()> {
    let (node, controller) = (recorded(flight, 1), recorded(flight, 0));
    restart(flight, &[Side::Node], &controller, table)?;
    attacks::old(flight, Side::Node, &controller, STALE, table)?;

    let (node, controller) = (node, recorded(flight, 0));
    restart(flight, &[Side::Controller], &controller, table)?;
    // They are of an epoch that the node had accepted since its own restart.
    attacks::old(flight, Side::Node, &controller, DELAYED, table)?;
    attacks::old(flight, Side::Controller, &node, STALE, table)?;

    let (node, controller) = (recorded(flight, 1), recorded(flight, 0));
    restart(flight, &[Side::Node, Side::Controller], &controller, table)?;
    attacks::old(flight, Side::Node, &controller, STALE, table)?;
    attacks::old(flight, Side::Controller, &node, STALE, table)
}

/// Returns the last frames to the node (0) or to the controller (1).
fn recorded(flight: &Flight, lane: usize) -> Vec<Vec<u8>> {
    flight.lanes[lane].recorded.iter().rev().take(20).cloned().collect()
}

/// Cuts the power of these sides. While nobody else is heard, the node gets the controller's commands of before.
fn restart(flight: &mut Flight, sides: &[Side], old: &[Vec<u8>], table: &mut Table) -> Result<()> {
    let before = [Side::Node, Side::Controller].map(|side| flight.epochs(side));
    flight.lanes.iter_mut().for_each(|lane| lane.is_cut = true);
    flight.fly(150)?;
    for side in sides {
        flight.restart(*side)?;
    }
    let from = flight.outputs.len();
    flight.fly(300)?;
    for frame in old {
        flight.machines[0].link.send_frame(frame)?;
        flight.fly(5)?;
    }
    let names: Vec<_> = sides.iter().map(|side| ["node", "controller"][*side as usize]).collect();
    let name = names.join(" and ");
    let flown = flight.outputs[from..].iter().any(|outputs| outputs.pulses != [SAFE; 4]);
    table.equal(&format!("{name} restarted: old commands move the outputs"), false, flown);
    flight.lanes.iter_mut().for_each(|lane| lane.is_cut = false);
    table.equal(&format!("{name} restarted: flies again"), true, recovers(flight)?);
    for (side, before) in [Side::Node, Side::Controller].into_iter().zip(before) {
        let (before, after) = (before?, flight.epochs(side)?);
        if sides.contains(&side) {
            let found = format!("{} to {}", before.0, after.0);
            table.add(&format!("{name} restarted: epoch sent"), "later".into(), found, after.0 > before.0);
        }
    }
    flight.fly(100)
}

fn memory(flight: &Flight, variables: u32, table: &mut Table) {
    let peak = |at: usize| flight.figures[0].iter().map(|figures| figures[at]).max().unwrap_or(0);
    let [held, stack, guest] = [2, 3, 4].map(peak);
    table.equal("bytes that found no place", 0, held);
    table.at_most("variables, guest's memory included", 3_000, variables, "B");
    table.at_most("variables and peak of the stack", SRAM, variables + stack, "B");
    println!("stack {stack}, of it at most {} by the image; guest's stack {guest}", flight.stack_of_image);
}
