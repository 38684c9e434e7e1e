//! A simulated board: two lines with bytes that come at their times, and a clock.

use aingle_wasm_nano::Shim;
use failsafe::board::{
    CAN_SEND, DATA, KEYS, LINK_LINE, LINK_UART, PULSES, RECEIVED, STATUS, STICKS_LINE, STICKS_UART,
};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

/// Time that one step of the node takes, in microseconds.
const STEP: u64 = 1;

/// What a line does when its script has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Silence,
    /// A byte is there whenever the node looks.
    Flood(u8),
}

#[derive(Debug)]
struct Line {
    bytes: RefCell<VecDeque<(u64, u8)>>,
    then: Cell<(u64, Then)>,
}

impl Line {
    fn new() -> Self {
        Self { bytes: RefCell::default(), then: Cell::new((u64::MAX, Then::Silence)) }
    }

    fn has_byte(&self, now: u64) -> bool {
        let flood = matches!(self.then.get(), (at, Then::Flood(_)) if at <= now);
        flood || self.bytes.borrow().front().is_some_and(|(at, _)| *at <= now)
    }

    fn take(&self, now: u64) -> u8 {
        let due = self.bytes.borrow_mut().pop_front_if(|(at, _)| *at <= now);
        match (due, self.then.get().1) {
            (Some((_, byte)), _) | (None, Then::Flood(byte)) => byte,
            (None, Then::Silence) => panic!("the node reads a byte that has not come"),
        }
    }
}

/// The board. Its clock has 64 bits; the node sees the lower 32.
#[derive(Debug)]
pub struct Board {
    now: Cell<u64>,
    link: Line,
    sticks: Line,
    /// The pulses now, and since when.
    pub pulses: Cell<[u16; 4]>,
    pub sent: RefCell<Vec<u8>>,
    /// Registers of the shim's own: keys and epochs.
    words: RefCell<BTreeMap<u32, u32>>,
}

impl Board {
    pub fn new(now: u64) -> Self {
        let pulses = Cell::new([0; 4]);
        Self {
            now: Cell::new(now),
            link: Line::new(),
            sticks: Line::new(),
            pulses,
            sent: RefCell::default(),
            words: RefCell::default(),
        }
    }

    pub fn now(&self) -> u64 {
        self.now.get()
    }

    /// Bytes come over the line of the sticks, 120 microseconds each. Returns when the last one has come.
    pub fn to_sticks(&self, at: u64, bytes: &[u8]) -> u64 {
        come(&self.sticks, at, 120, bytes)
    }

    /// Bytes come over the link, 7 microseconds each.
    pub fn to_link(&self, at: u64, bytes: &[u8]) -> u64 {
        come(&self.link, at, 7, bytes)
    }

    pub fn sticks_then(&self, at: u64, then: Then) {
        self.sticks.then.set((at, then));
    }

    pub fn link_then(&self, at: u64, then: Then) {
        self.link.then.set((at, then));
    }

    /// Sets registers of the shim's own.
    pub fn set_words(&self, address: u32, bytes: &[u8]) {
        for (number, word) in (0..).zip(bytes.as_chunks().0) {
            self.words.borrow_mut().insert(address + 4 * number, u32::from_le_bytes(*word));
        }
    }

    fn lines(&self) -> u32 {
        let now = self.now.get();
        let line = |has: bool, line: u32| if has { line } else { 0 };
        line(self.link.has_byte(now), LINK_LINE) | line(self.sticks.has_byte(now), STICKS_LINE)
    }
}

fn come(line: &Line, at: u64, each: u64, bytes: &[u8]) -> u64 {
    let times = (1..).map(|number| at + number * each);
    line.bytes.borrow_mut().extend(times.zip(bytes.iter().copied()));
    at + each * bytes.len() as u64
}

impl Shim for Board {
    fn register_read(&self, address: u32) -> u32 {
        if address >= KEYS {
            return self.words.borrow()[&address];
        }
        let line = if address < LINK_UART { &self.sticks } else { &self.link };
        match address - if address < LINK_UART { STICKS_UART } else { LINK_UART } {
            STATUS => CAN_SEND | if line.has_byte(self.now()) { RECEIVED } else { 0 },
            DATA => line.take(self.now()).into(),
            other => panic!("register {other:x}"),
        }
    }

    fn register_write(&self, address: u32, value: u32) {
        if address >= KEYS {
            self.words.borrow_mut().insert(address, value);
            return;
        }
        if address == LINK_UART + DATA {
            return self.sent.borrow_mut().push(value as u8);
        }
        let number =
            PULSES.iter().position(|register| *register == address).expect("a register of the board");
        let mut pulses = self.pulses.get();
        pulses[number] = value as u16;
        self.pulses.set(pulses);
    }

    fn interrupt_poll(&self) -> u32 {
        self.lines()
    }

    fn interrupt_wait(&self, deadline: Option<u32>) {
        if self.lines() != 0 {
            return;
        }
        let now = self.now();
        let next = |line: &Line| line.bytes.borrow().front().map(|(at, _)| *at);
        let flood =
            |line: &Line| Some(line.then.get()).filter(|(_, then)| *then != Then::Silence).map(|(at, _)| at);
        let deadline = deadline.map(|deadline| now + u64::from(deadline.wrapping_sub(now as u32)));
        let wakes = [next(&self.link), next(&self.sticks), flood(&self.link), flood(&self.sticks), deadline];
        self.now
            .set(wakes.into_iter().flatten().min().expect("the node sleeps and nothing wakes it").max(now));
    }

    fn tick(&self) -> u32 {
        self.now.set(self.now() + STEP);
        self.now() as u32
    }
}
