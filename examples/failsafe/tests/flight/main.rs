//! Flights on a simulated board: what the outputs do, and when.

mod board;
#[path = "../pack/mod.rs"]
mod pack;
mod script;

use aingle_wasm_nano::link::Association;
use board::Then;
use failsafe::sbus::Sbus;
use failsafe::state::SAFE;
use pack::pack;
use script::{CONTROLLER, LOW, PLAN, Plan, command, fly, frame, open};

#[test]
fn outputs_follow_the_controller_or_the_sticks() {
    let (automatic, manual) = (fly(PLAN, LOW, |_, _| {}), fly(PLAN, 1800, |_, _| {}));
    assert_eq!(automatic.at(90_000), [1000; 4]);
    assert_eq!(automatic.at(400_000), [1500; 4]);
    assert_eq!(manual.at(400_000), [1627; 4]);
    assert_eq!((automatic.losses, manual.losses), (0, 0));
    assert!(automatic.sent > 500, "{}", automatic.sent);
}

#[test]
fn g05_silence_of_the_sticks_puts_the_outputs_into_their_safe_state() {
    for cut in (200_000..214_000).step_by(500) {
        let flight = fly(Plan { sticks_end: cut, ..PLAN }, LOW, |_, _| {});
        flight.assert_safe_after(flight.last[0], "sticks");
        assert_eq!(flight.losses, 1);
    }
}

#[test]
fn g05_silence_of_the_link_puts_the_outputs_into_their_safe_state() {
    for mode in [LOW, 1800] {
        for cut in (200_000..210_000).step_by(500) {
            let flight = fly(Plan { link_end: cut, ..PLAN }, mode, |_, _| {});
            flight.assert_safe_after(flight.last[1], "link");
        }
    }
}

#[test]
fn g05_garbage_is_silence() {
    let plan = Plan { sticks_end: 200_000, ..PLAN };
    for byte in [0x00, 0x0F, 0x55] {
        let flight = fly(plan, LOW, |board, _| board.sticks_then(210_000, Then::Flood(byte)));
        flight.assert_safe_after(flight.last[0], "flood of the sticks' line");
    }
    let plan = Plan { link_end: 200_000, ..PLAN };
    for byte in [0x00, 0x01, 0x55] {
        let flight = fly(plan, LOW, |board, _| board.link_then(210_000, Then::Flood(byte)));
        flight.assert_safe_after(flight.last[1], "flood of the link");
    }
}

#[test]
fn g05_forged_and_replayed_commands_are_silence() {
    let plan = Plan { link_end: 200_000, ..PLAN };
    let replayed = fly(plan, LOW, |board, recorded| {
        for (number, frame) in (0..).zip(recorded.iter().rev().cycle().take(30)) {
            board.to_link(plan.start + 200_000 + number * 10_000, frame);
        }
    });
    replayed.assert_safe_after(replayed.last[1], "replayed");
    let forged = fly(plan, LOW, |board, _| {
        let mut forger = open(Association { send_key: [3; 16], ..CONTROLLER });
        for at in (200_000..500_000).step_by(10_000) {
            board.to_link(plan.start + at, &command(&mut forger, 16_384));
        }
    });
    forged.assert_safe_after(forged.last[1], "forged");
}

#[test]
fn a_receiver_without_transmitter_is_believed_at_once() {
    let plan = Plan { sticks_end: 200_000, ..PLAN };
    let flight = fly(plan, LOW, |board, _| {
        let frame = Sbus { failsafe: true, ..frame(1200, LOW) };
        board.to_sticks(plan.start + 210_000, &pack(&frame));
    });
    let safe = flight.changes.iter().find(|(at, pulses)| *at > 200_000 && *pulses == SAFE).unwrap().0;
    assert!(safe < 210_000 + 25 * 120 + 100, "{safe}");
}

#[test]
fn frames_that_the_receiver_repeats_are_silence() {
    let plan = Plan { sticks_end: 200_000, ..PLAN };
    let flight = fly(plan, LOW, |board, _| {
        for at in (200_000..500_000).step_by(14_000) {
            board.to_sticks(plan.start + at, &pack(&Sbus { lost: true, ..frame(1200, LOW) }));
        }
    });
    flight.assert_safe_after(flight.last[0], "repeated");
}

#[test]
fn after_a_silence_the_throttle_has_to_be_low_first() {
    let plan = Plan { sticks_end: 200_000, end: 700_000, link_end: 700_000, ..PLAN };
    let flight = fly(plan, LOW, |board, _| {
        for at in (400_000..700_000).step_by(14_000) {
            let throttle = if (500_000..550_000).contains(&at) { LOW } else { 1200 };
            board.to_sticks(plan.start + at, &pack(&frame(throttle, LOW)));
        }
    });
    assert_eq!((flight.at(490_000), flight.at(690_000)), (SAFE, [1500; 4]));
}

#[test]
fn the_clock_may_wrap() {
    let wrap = u64::from(u32::MAX);
    for before in [1, 150_000, 250_000, 270_000] {
        let flight = fly(Plan { start: wrap - before, link_end: 200_000, ..PLAN }, LOW, |_, _| {});
        flight.assert_safe_after(flight.last[1], "wrap");
    }
}

#[test]
fn what_was_heard_before_the_clock_wrapped_is_not_new_again() {
    // The command's time comes again after 2^32 microseconds, when the sticks are heard.
    let wrap = 1 << 32;
    let plan = Plan { link_end: 200_000, sticks_end: 200_000, end: wrap + 300_000, ..PLAN };
    let flight = fly(plan, LOW, |board, _| {
        for at in (wrap + 150_000..wrap + 300_000).step_by(14_000) {
            board.to_sticks(plan.start + at, &pack(&frame(LOW, LOW)));
        }
    });
    assert!(flight.changes.iter().all(|(at, pulses)| *at < 300_000 || *pulses == SAFE));
}

#[test]
fn lesson_53_the_node_sleeps_between_bytes() {
    let flight = fly(PLAN, LOW, |_, _| {});
    println!("{} steps and {} sleeps in {} us", flight.steps, flight.sleeps, PLAN.end);
    // A sleep for each byte, and a few for timers. Each is followed by at most some polls.
    assert!(
        flight.sleeps < 4000 && flight.steps < 12_000,
        "{} sleeps, {} steps",
        flight.sleeps,
        flight.steps
    );
}
