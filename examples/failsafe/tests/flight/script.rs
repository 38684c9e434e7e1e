//! What comes over the lines in a flight, and what the outputs have done.

use crate::board::Board;
use crate::pack::pack;
use aingle_wasm_nano::link::{Association, Cell, Cells, Link, MAX_WIRE, TwoCells};
use aingle_wasm_nano::{Executor, Task};
use failsafe::board::{EPOCHS, KEYS};
use failsafe::mixer::Controls;
use failsafe::packets::write_command;
use failsafe::sbus::Sbus;
use failsafe::state::{Node, SAFE};
use failsafe::tasks::{commands, outputs, sticks};
use std::pin::pin;

pub const NODE: Association = Association { spi: 1, channel: 7, send_key: [1; 16], receive_key: [2; 16] };
pub const CONTROLLER: Association = Association { send_key: [2; 16], receive_key: [1; 16], ..NODE };
/// A record of epochs of a new device.
const PROVISIONED: [u8; 16] = *b"NKE\x01\0\0\0\0\0\0\0\0\x8d\xe4\x06\x38";
/// The promise, in microseconds.
pub const PROMISE: u64 = 100_000;
pub const LOW: u16 = 172;

#[derive(Default)]
pub struct Memory([[u8; 16]; 2]);

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

pub fn open(association: Association) -> Link<TwoCells<Memory>> {
    let mut store = TwoCells::new(Memory::default());
    store.provision().unwrap();
    Link::open(association, store).unwrap()
}

/// A frame of the sticks: in the middle, except the throttle and the mode.
pub fn frame(throttle: u16, mode: u16) -> Sbus {
    let mut channels = [992; 16];
    (channels[2], channels[4]) = (throttle, mode);
    Sbus { channels, lost: false, failsafe: false }
}

/// Encodes a command of the flight controller.
pub fn command(link: &mut Link<TwoCells<Memory>>, throttle: i16) -> Vec<u8> {
    let bytes = write_command(Controls { throttle, ..Controls::default() }, 0).unwrap();
    let mut wire = [0; MAX_WIRE];
    let len = link.send(&bytes, &mut wire).unwrap();
    wire[..len].to_vec()
}

/// Times of a flight, in microseconds from its start.
#[derive(Clone, Copy)]
pub struct Plan {
    pub start: u64,
    /// No frame of the sticks begins from here on.
    pub sticks_end: u64,
    /// No command begins from here on.
    pub link_end: u64,
    pub end: u64,
}

pub const PLAN: Plan = Plan { start: 1000, sticks_end: 500_000, link_end: 500_000, end: 500_000 };

/// What a flight was like.
#[derive(Default)]
pub struct Flight {
    /// Each change of the outputs, in microseconds from the start.
    pub changes: Vec<(u64, [u16; 4])>,
    /// When the last byte of the last good frame of each side had come.
    pub last: [u64; 2],
    pub sleeps: u32,
    pub steps: u32,
    pub losses: u16,
    pub sent: usize,
}

impl Flight {
    /// Notes what the outputs are now.
    pub fn note(&mut self, board: &Board, plan: Plan) {
        let pulses = board.pulses.get();
        if self.changes.last().is_none_or(|(_, last)| *last != pulses) {
            self.changes.push((board.now() - plan.start, pulses));
        }
    }

    /// Returns the outputs at a time.
    pub fn at(&self, time: u64) -> [u16; 4] {
        self.changes.iter().rev().find(|(at, _)| *at <= time).map_or([0; 4], |(_, pulses)| *pulses)
    }

    /// Sees that the outputs were safe in time after `silence`, and stayed so.
    pub fn assert_safe_after(&self, silence: u64, name: &str) {
        let before = self.at(silence);
        assert_ne!(before, SAFE, "{name}: the outputs were safe before");
        let safe = self.changes.iter().find(|(at, pulses)| *at > silence && *pulses == SAFE).expect("safe").0;
        assert!(safe <= silence + PROMISE, "{name}: safe {} us after the silence began", safe - silence);
        assert!(self.changes.iter().all(|(at, pulses)| *at < safe || *pulses == SAFE), "{name}");
    }
}

/// Fills the lines, and the shim's own registers: sticks each 14 ms, the throttle low for 100 ms; a command each 10 ms. Returns when the last byte of each side has come,
/// from the start on, and a record of the commands.
pub fn fill(board: &Board, plan: Plan, mode: u16) -> ([u64; 2], Vec<Vec<u8>>) {
    board.set_words(KEYS, &u32::from(NODE.spi).to_le_bytes());
    board.set_words(KEYS + 16, &NODE.send_key);
    board.set_words(KEYS + 32, &NODE.receive_key);
    board.set_words(EPOCHS, &[PROVISIONED, PROVISIONED].concat());
    let (mut controller, mut recorded, mut last) = (open(CONTROLLER), Vec::new(), [0; 2]);
    for at in (0..plan.sticks_end).step_by(14_000) {
        let throttle = if at < 100_000 { LOW } else { 1200 };
        last[0] = board.to_sticks(plan.start + at, &pack(&frame(throttle, mode))) - plan.start;
    }
    for at in (0..plan.link_end).step_by(10_000) {
        recorded.push(command(&mut controller, if at < 100_000 { 0 } else { 16_384 }));
        last[1] = board.to_link(plan.start + at, &recorded[recorded.len() - 1]) - plan.start;
    }
    (last, recorded)
}

/// Flies. `more` adds to the lines what it likes, with a record of the commands.
pub fn fly(plan: Plan, mode: u16, more: impl FnOnce(&Board, &[Vec<u8>])) -> Flight {
    let (node, board) = (Node::default(), Board::new(plan.start));
    let (last, recorded) = fill(&board, plan, mode);
    let mut flight = Flight { last, ..Flight::default() };
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
        flight.note(&board, plan);
    }
    flight.sleeps = executor.sleeps();
    flight.losses = node.losses.get();
    flight.sent = board.sent.borrow().len();
    flight
}
