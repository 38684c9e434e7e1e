//! The simulated board: its time passes and its interrupts come when a script says so.

use crate::Shim;
use core::cell::Cell;

/// A board whose CPU can be asleep.
#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) now: Cell<u32>,
    pub(super) pending: Cell<u32>,
    /// Lines that rise between the next poll and the next wait.
    pub(super) late: Cell<u32>,
    /// The deadline of a CPU that is asleep.
    pub(super) asleep: Cell<Option<Option<u32>>>,
    /// How often it was asked to wait.
    pub(super) waits: Cell<u32>,
}

impl Board {
    pub(super) fn raise(&self, lines: u32) {
        self.pending.set(self.pending.get() | lines);
    }

    /// Returns whether a CPU that sleeps until `deadline` goes on.
    pub(super) fn goes_on(&self, deadline: Option<u32>) -> bool {
        let over = deadline.is_some_and(|deadline| self.now.get().wrapping_sub(deadline) < 1 << 31);
        self.pending.get() != 0 || over
    }
}

impl Shim for Board {
    fn register_read(&self, _: u32) -> u32 {
        0
    }

    fn register_write(&self, _: u32, _: u32) {}

    fn interrupt_poll(&self) -> u32 {
        self.pending.take()
    }

    fn interrupt_wait(&self, deadline: Option<u32>) {
        self.waits.set(self.waits.get() + 1);
        self.raise(self.late.take());
        if !self.goes_on(deadline) {
            self.asleep.set(Some(deadline));
        }
    }

    fn tick(&self) -> u32 {
        self.now.get()
    }
}
