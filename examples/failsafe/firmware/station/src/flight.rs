//! Node and flight controller, with everything between them.

use crate::machine::{Board, Machine};
use crate::pack::pack;
use anyhow::{Result, bail, ensure};
use failsafe::sbus::Sbus;
use std::collections::VecDeque;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// The boards' clocks go so many times slower than this machine's: the firmware's feature `slow`.
pub const SLOW: u32 = 4;
/// Between two frames of the sticks.
const STICKS_PERIOD: Duration = Duration::from_millis(14 * SLOW as u64);
/// Between two looks at the wires.
const GLANCE: Duration = Duration::from_micros(500);
/// Delays on the way of frames while counters settle, in milliseconds, and reports that come with each.
const DELAYS: [u64; 3] = [0, 3, 6];
const REPORTS: u32 = 2;
/// A board sends something every 20 milliseconds at the latest. Silence of so many is one of the machine that runs it.
const SILENCE: Duration = Duration::from_millis(60 * SLOW as u64);
/// Frames that are recorded of a lane.
const RECORDED: usize = 200;
const KEYS: [[u8; 16]; 2] = [[1; 16], [2; 16]];

/// A side of the link.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Node,
    Controller,
}

/// What goes to one side.
#[derive(Default)]
pub struct Lane {
    pub is_cut: bool,
    /// Frames that have come, and when.
    coming: VecDeque<(Instant, Vec<u8>)>,
    /// How long each frame is kept before it goes on.
    delay: Duration,
    /// Frames that were passed on.
    pub passed: u32,
    /// So many of the next frames are held back.
    pub hold: usize,
    pub held: Vec<Vec<u8>>,
    /// The last frames that were passed on.
    pub recorded: VecDeque<Vec<u8>>,
}

impl Lane {
    /// Returns the next frame whose delay is over.
    fn next(&mut self) -> Option<Vec<u8>> {
        let (came, _) = self.coming.front()?;
        if came.elapsed() < self.delay { None } else { self.coming.pop_front().map(|(_, frame)| frame) }
    }

    /// Decides of a frame. Returns whether it goes on.
    fn take(&mut self, frame: &[u8]) -> bool {
        if self.is_cut {
            return false;
        }
        if self.hold > 0 {
            self.hold -= 1;
            self.held.push(frame.to_owned());
            return false;
        }
        self.recorded.push_back(frame.to_owned());
        if self.recorded.len() > RECORDED {
            self.recorded.pop_front();
        }
        self.passed += 1;
        true
    }
}

/// A change of the outputs, as the node's shim printed it. Times are microseconds of the node's clock.
#[derive(Clone, Copy, Debug)]
pub struct Outputs {
    pub at: u32,
    pub pulses: [u32; 4],
    /// When the last byte of the link and of the sticks had come.
    pub last: [u32; 2],
}

/// Counters of both sides, as the controller printed them. They are of the order of `failsafe::packets::values`.
#[derive(Clone, Copy, Default)]
pub struct Report {
    pub losses: u32,
    /// Counters of the node, and of the controller.
    pub counters: [[u32; 12]; 2],
    /// Frames that each has accepted beyond those that were passed on to it.
    pub leads: [i64; 2],
}

/// Figures of a board: time, wake-ups, how often a byte found no place, peaks of the stack and, of the node, of the guest's stack.
pub type Figures = [u32; 5];

/// Two boards that run.
pub struct Flight {
    boards: [Board; 2],
    pub machines: [Machine; 2],
    /// What goes to the node, and to the controller.
    pub lanes: [Lane; 2],
    /// What the receiver sends. `None` is silence.
    pub sticks: Option<Sbus>,
    sticks_at: Instant,
    seen: Instant,
    /// Longest time for which this machine did not look at the wires, or did not run a board.
    pub stall: Duration,
    /// When each board was last heard. `None` since its start.
    heard: [Option<Instant>; 2],
    pub outputs: Vec<Outputs>,
    pub reports: u32,
    pub report: Report,
    leads: [i64; 2],
    pub figures: [Vec<Figures>; 2],
    /// The bound of the image's stack.
    pub stack_of_image: u32,
}

impl Flight {
    /// Makes two devices and turns them on. All wires are cut.
    pub fn start(node: &Path, controller: &Path, folder: &Path) -> Result<Self> {
        let [first, second] = KEYS;
        let boards = [
            Board::provision(node, &folder.join("node"), first, second)?,
            Board::provision(controller, &folder.join("controller"), second, first)?,
        ];
        let machines = [Machine::start(&boards[0])?, Machine::start(&boards[1])?];
        let cut = || Lane { is_cut: true, ..Lane::default() };
        Ok(Self {
            boards,
            machines,
            lanes: [cut(), cut()],
            sticks: None,
            sticks_at: Instant::now(),
            seen: Instant::now(),
            stall: Duration::ZERO,
            heard: [None; 2],
            outputs: Vec::new(),
            reports: 0,
            report: Report::default(),
            leads: [i64::MIN; 2],
            figures: [Vec::new(), Vec::new()],
            stack_of_image: 0,
        })
    }

    /// Flies for so many milliseconds of the boards' time, or somewhat more.
    pub fn fly(&mut self, milliseconds: u64) -> Result<()> {
        self.fly_until(milliseconds, |_| false).map(drop)
    }

    /// Flies until it is so, at most for so many milliseconds. Returns whether it is.
    pub fn fly_until(&mut self, milliseconds: u64, mut done: impl FnMut(&Self) -> bool) -> Result<bool> {
        let end = Instant::now() + Duration::from_millis(milliseconds) * SLOW;
        self.seen = Instant::now();
        while Instant::now() < end {
            self.step()?;
            if done(self) {
                return Ok(true);
            }
            thread::sleep(GLANCE);
        }
        Ok(false)
    }

    /// Cuts the power of a side, and turns it on again.
    pub fn restart(&mut self, side: Side) -> Result<()> {
        let at = side as usize;
        self.machines[at].cut();
        self.machines[at] = Machine::start(&self.boards[at])?;
        self.figures[at].clear();
        self.heard[at] = None;
        Ok(())
    }

    /// Returns the epochs that a side has stored.
    pub fn epochs(&self, side: Side) -> Result<(u32, u32)> {
        self.boards[side as usize].epochs()
    }

    /// Waits for some reports, and returns the counters of both sides. How many frames each side has accepted beyond those that were passed on
    /// is the most of these reports: frames that are under way make it less. Commands come twice as often as reports, so that one could be under
    /// way at every report: several delays, one after the other, move the commands between the reports, until all of them bring no more.
    pub fn settle(&mut self) -> Result<Report> {
        self.leads = [i64::MIN; 2];
        loop {
            let most = self.leads;
            for delay in DELAYS {
                self.lanes[0].delay = Duration::from_millis(delay) * SLOW;
                let wanted = self.reports + REPORTS;
                ensure!(self.fly_until(3_000, |flight| flight.reports >= wanted)?, "no reports come");
            }
            if self.leads == most {
                self.lanes[0].delay = Duration::ZERO;
                return Ok(Report { leads: self.leads, ..self.report });
            }
        }
    }

    /// Returns the pulse of all outputs. 0 if they differ, or are not known.
    pub fn pulse(&self) -> u32 {
        let pulses = self.outputs.last().map_or([0; 4], |outputs| outputs.pulses);
        if pulses.iter().all(|pulse| *pulse == pulses[0]) { pulses[0] } else { 0 }
    }

    fn step(&mut self) -> Result<()> {
        self.stall = self.stall.max(self.seen.elapsed());
        self.seen = Instant::now();
        for (from, to) in [(1, 0), (0, 1)] {
            let frames = self.machines[from].link.receive()?;
            if !frames.is_empty() {
                let silence =
                    self.heard[from].replace(Instant::now()).map_or(Duration::ZERO, |heard| heard.elapsed());
                if silence > SILENCE {
                    self.stall = self.stall.max(silence);
                }
            }
            self.lanes[to].coming.extend(frames.into_iter().map(|frame| (Instant::now(), frame)));
            // One at a time: a board's ring has no place for many.
            if let Some(frame) = self.lanes[to].next()
                && self.lanes[to].take(&frame)
            {
                self.machines[to].link.send_frame(&frame)?;
            }
        }
        if self.seen >= self.sticks_at {
            self.sticks_at = self.seen + STICKS_PERIOD;
            if let Some(sticks) = &self.sticks {
                self.machines[0].sticks.send(&pack(sticks))?;
            }
        }
        for at in [0, 1] {
            for (word, numbers) in self.machines[at].lines()? {
                self.note(at, &word, &numbers)?;
            }
        }
        Ok(())
    }

    /// Notes what a board has printed.
    fn note(&mut self, at: usize, word: &str, numbers: &[u32]) -> Result<()> {
        match (word, numbers) {
            ("outputs", [at, a, b, c, d, link, sticks]) => {
                self.outputs.push(Outputs { at: *at, pulses: [*a, *b, *c, *d], last: [*link, *sticks] });
            }
            ("report", [losses, counters @ ..]) if counters.len() == 24 => {
                let counters = [0, 12].map(|at| std::array::from_fn(|number| counters[at + number]));
                self.report = Report { losses: *losses, counters, ..Report::default() };
                self.reports += 1;
                for (side, counters) in counters.iter().enumerate() {
                    let accepted: u32 = counters[..3].iter().sum();
                    let lead = i64::from(accepted) - i64::from(self.lanes[side].passed);
                    self.leads[side] = self.leads[side].max(lead);
                }
            }
            ("figures", figures) if figures.len() >= 4 => {
                let mut all = [0; 5];
                all.iter_mut().zip(figures).for_each(|(place, figure)| *place = *figure);
                self.figures[at].push(all);
            }
            ("node", [stack]) => self.stack_of_image = *stack,
            ("controller", []) => {}
            _ => bail!("a board says `{word} {numbers:?}`"),
        }
        Ok(())
    }
}
