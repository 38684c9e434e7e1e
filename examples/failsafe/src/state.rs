//! What the tasks share, and what follows from it for the outputs.

use crate::mixer::{Controls, mix, pulse};
use crate::sbus::{MIDDLE, Sbus};
use aingle_wasm_nano::{Events, Kernel};
use core::cell::Cell;

/// Silence after which a side counts as lost, in microseconds. The promise is 100 ms.
pub const SILENCE: u32 = 80_000;
/// Pulses in the safe state, in microseconds: below the 1,000 at which motors begin to turn.
pub const SAFE: [u16; 4] = [900; 4];

/// Sticks have moved, or a side is heard again or lost.
pub const CHANGED: u32 = 1;

/// The pilot's throttle.
const THROTTLE_CHANNEL: usize = 2;
/// Above the middle the sticks control the vehicle, else the flight controller does.
const MODE_CHANNEL: usize = 4;
/// Throttle stick up to which the outputs may leave their safe state.
const LOW_STICK: u16 = 300;

/// What a side has sent last.
#[derive(Clone, Copy, Debug)]
pub struct Heard<T> {
    /// What it sent.
    pub value: T,
    /// When.
    pub at: u32,
}

/// What the tasks of the node share.
#[derive(Debug, Default)]
pub struct Node {
    /// Tasks, timers and interrupts.
    pub kernel: Kernel,
    /// [`CHANGED`].
    pub changed: Events,
    /// The pilot's sticks. `None` before the first frame, and when the receiver has lost its transmitter.
    pub sticks: Cell<Option<Heard<Sbus>>>,
    /// The flight controller's command. `None` before the first.
    pub command: Cell<Option<Heard<Controls>>>,
    /// Whether the outputs may be other than safe.
    armed: Cell<bool>,
    /// How often the outputs went into their safe state. Stays at its highest value.
    pub losses: Cell<u16>,
}

impl Node {
    /// Returns the pulses of the outputs at this time, and after how many ticks they have to be asked for again.
    ///
    /// `None` means that no side is heard, so that nothing changes until one is.
    pub fn outputs(&self, now: u32) -> ([u16; 4], Option<u32>) {
        let (sticks, command) = (fresh(&self.sticks, now), fresh(&self.command, now));
        let left = [sticks.map(|(_, left)| left), command.map(|(_, left)| left)].into_iter().flatten().min();
        let (Some((sticks, _)), Some((command, _))) = (sticks, command) else {
            self.disarm();
            return (SAFE, left);
        };
        if !self.armed.get() && sticks.channels[THROTTLE_CHANNEL] > LOW_STICK {
            return (SAFE, left);
        }
        self.armed.set(true);
        let manual = sticks.channels[MODE_CHANNEL] > MIDDLE;
        let controls = if manual { controls_of(&sticks) } else { command };
        (mix(controls).map(pulse), left)
    }

    /// Notes that something has changed, and wakes the task of the outputs.
    pub fn change(&self) {
        self.changed.set(&self.kernel, CHANGED);
    }

    fn disarm(&self) {
        if self.armed.replace(false) {
            self.losses.set(self.losses.get().saturating_add(1));
        }
    }
}

/// Returns a value and the ticks until it is too old. Forgets one that is: the clock wraps, and would make it new again.
fn fresh<T: Copy>(heard: &Cell<Option<Heard<T>>>, now: u32) -> Option<(T, u32)> {
    let Heard { value, at } = heard.get()?;
    let left = SILENCE.saturating_sub(now.wrapping_sub(at));
    if left == 0 {
        heard.set(None);
        return None;
    }
    Some((value, left))
}

/// Returns the controls of the sticks: channels 1 to 4 are roll, pitch, throttle and yaw.
fn controls_of(sticks: &Sbus) -> Controls {
    let [roll, pitch, throttle, yaw, ..] = sticks.channels;
    Controls {
        roll: axis(roll),
        pitch: axis(pitch),
        yaw: axis(yaw),
        throttle: ((i32::from(axis(throttle)) + 32_767) / 2) as i16,
    }
}

/// Returns a stick in Q15: 172 is -1, 992 is 0, 1,811 is 1.
fn axis(stick: u16) -> i16 {
    ((i32::from(stick) - i32::from(MIDDLE)) * 40).clamp(-32_767, 32_767) as i16
}
