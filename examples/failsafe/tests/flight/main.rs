//! Flights on a simulated board: what the outputs do, and when.

mod board;
#[path = "../pack/mod.rs"]
mod pack;

use aingle_wasm_nano::link::{
    Association, Cell, Cells, Link, MAX_WIRE, Packet, PacketKind, Segment, TwoCells,
};
use aingle_wasm_nano::{Executor, Task};
use board::{Board, Then};
use failsafe::sbus::Sbus;
use failsafe::state::{Node, SAFE};
use failsafe::tasks::{COMMAND_APID, commands, outputs, sticks};
use pack::pack;
use std::pin::pin;

const NODE: Association = Association { spi: 1, channel: 7, send_key: [1; 16], receive_key: [2; 16] };
const CONTROLLER: Association = Association { send_key: [2; 16], receive_key: [1; 16], ..NODE };
/// The promise, in microseconds.
const PROMISE: u64 = 100_000;
const LOW: u16 = 172;

#[derive(Default)]
struct Memory([[u8; 16]; 2]);

impl Cells for Memory {
    type Error = std::convert::Infallible;

    fn read(&mut self, cell: Cell) -> Result<[u8; 16], Self::Error> {
        Ok(self.0[cell as usize])
    }

    fn write(&mut self, cell: Cell, record: &[u8; 16]) -> Result<(), Self::Error> {
        self.0[cell as usize] = *record;
        Ok(())
    }
}

fn open(association: Association) -> Link<TwoCells<Memory>> {
    let mut store = TwoCells::new(Memory::default());
    store.provision().unwrap();
    Link::open(association, store).unwrap()
}

/// A frame of the sticks: in the middle, but for the throttle and the mode.
fn frame(throttle: u16, mode: u16) -> Sbus {
    let mut channels = [992; 16];
    (channels[2], channels[4]) = (throttle, mode);
    Sbus { channels, lost: false, failsafe: false }
}

/// Encodes a command of the flight controller.
fn command(link: &mut Link<TwoCells<Memory>>, throttle: i16) -> Vec<u8> {
    let mut data = [0; 8];
    data[6..].copy_from_slice(&throttle.to_be_bytes());
    let packet = Packet {
        kind: PacketKind::Telecommand,
        secondary_header: false,
        apid: COMMAND_APID,
        segment: Segment::Unsegmented,
        count: 0,
        data: &data,
    };
    let (mut bytes, mut wire) = ([0; 16], [0; MAX_WIRE]);
    let len = packet.write(&mut bytes).unwrap();
    let len = link.send(&bytes[..len], &mut wire).unwrap();
    wire[..len].to_vec()
}

/// Times of a flight, in microseconds from its start.
#[derive(Clone, Copy)]
struct Plan {
    start: u64,
    /// No frame of the sticks begins from here on.
    sticks_end: u64,
    /// No command begins from here on.
    link_end: u64,
    end: u64,
}

const PLAN: Plan = Plan { start: 1000, sticks_end: 500_000, link_end: 500_000, end: 500_000 };

/// What a flight was like.
#[derive(Default)]
struct Flight {
    /// Each change of the outputs, in microseconds from the start.
    changes: Vec<(u64, [u16; 4])>,
    /// When the last byte of the last good frame of each side had come.
    last: [u64; 2],
    sleeps: u32,
    steps: u32,
    losses: u16,
    sent: usize,
}

impl Flight {
    /// Returns the outputs at a time.
    fn at(&self, time: u64) -> [u16; 4] {
        self.changes.iter().rev().find(|(at, _)| *at <= time).map_or([0; 4], |(_, pulses)| *pulses)
    }

    /// Sees that the outputs were safe in time after `silence`, and stayed so.
    fn assert_safe_after(&self, silence: u64, name: &str) {
        let before = self.at(silence);
        assert_ne!(before, SAFE, "{name}: the outputs were safe before");
        let safe = self.changes.iter().find(|(at, pulses)| *at > silence && *pulses == SAFE).expect("safe").0;
        assert!(safe <= silence + PROMISE, "{name}: safe {} us after the silence began", safe - silence);
        assert!(self.changes.iter().all(|(at, pulses)| *at < safe || *pulses == SAFE), "{name}");
    }
}

/// Flies: sticks each 14 ms, the throttle low for 100 ms; a command each 10 ms. `more` adds to the lines what it likes, with a record of
/// the commands.
fn fly(plan: Plan, mode: u16, more: impl FnOnce(&Board, &[Vec<u8>])) -> Flight {
    let (node, board) = (Node::default(), Board::new(plan.start));
    let (mut controller, mut recorded) = (open(CONTROLLER), Vec::new());
    let mut flight = Flight::default();
    for at in (0..plan.sticks_end).step_by(14_000) {
        let throttle = if at < 100_000 { LOW } else { 1200 };
        flight.last[0] = board.to_sticks(plan.start + at, &pack(&frame(throttle, mode))) - plan.start;
    }
    for at in (0..plan.link_end).step_by(10_000) {
        recorded.push(command(&mut controller, if at < 100_000 { 0 } else { 16_384 }));
        flight.last[1] = board.to_link(plan.start + at, recorded.last().unwrap()) - plan.start;
    }
    more(&board, &recorded);

    let mut outputs = pin!(Some(outputs(&node, &board)));
    let mut sticks = pin!(Some(sticks(&node, &board)));
    let mut commands = pin!(Some(commands(&node, &board, open(NODE))));
    let mut executor = Executor::new(&node.kernel, &board);
    let tasks = [0, 1, 2].map(|number| Task::new(number).unwrap());
    executor.spawn(tasks[0], outputs.as_mut()).unwrap();
    executor.spawn(tasks[1], sticks.as_mut()).unwrap();
    executor.spawn(tasks[2], commands.as_mut()).unwrap();
    while board.now() < plan.start + plan.end {
        executor.step();
        flight.steps += 1;
        let pulses = board.pulses.get();
        if flight.changes.last().is_none_or(|(_, last)| *last != pulses) {
            flight.changes.push((board.now() - plan.start, pulses));
        }
    }
    flight.sleeps = executor.sleeps();
    flight.losses = node.losses.get();
    flight.sent = board.sent.borrow().len();
    flight
}

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
