//! The timers.

use crate::mutation::{self, Mutation};
use crate::task::Task;
use core::cell::Cell;

/// Most timers that run at once, over all tasks. Each pending `sleep` and `timeout` has one.
pub const MAX_TIMERS: usize = 16;

/// Returns whether `due` is not after `now`. Both wrap, and are less than 2^31 ticks apart.
pub(crate) fn is_due(due: u32, now: u32) -> bool {
    let now = if mutation::is(Mutation::EarlyTimer) { now.wrapping_add(1) } else { now };
    now.wrapping_sub(due) < 1 << 31
}

/// All timers.
#[derive(Debug)]
pub(crate) struct Timers {
    /// The timers that a future has, one bit each.
    used: Cell<u16>,
    /// Those of them that have not fired.
    running: Cell<u16>,
    due: [Cell<u32>; MAX_TIMERS],
    /// The task of each running timer.
    tasks: [Cell<Option<Task>>; MAX_TIMERS],
    /// When the next one is due.
    next: Cell<Option<u32>>,
}

/// Returns the bits that are set, from the lowest on.
fn bits(mut set: u16) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let bit = set.trailing_zeros() as usize;
        set &= set.wrapping_sub(1);
        (bit < MAX_TIMERS).then_some(bit)
    })
}

/// Returns the earlier of two times.
fn earlier(next: Option<u32>, due: u32) -> Option<u32> {
    Some(next.filter(|next| due.wrapping_sub(*next) < 1 << 31).unwrap_or(due))
}

impl Timers {
    pub(crate) const fn new() -> Self {
        Self {
            used: Cell::new(0),
            running: Cell::new(0),
            due: [const { Cell::new(0) }; MAX_TIMERS],
            tasks: [const { Cell::new(None) }; MAX_TIMERS],
            next: Cell::new(None),
        }
    }

    /// Returns when the next one is due, or `None` if none runs.
    pub(crate) fn next(&self) -> Option<u32> {
        self.next.get()
    }

    /// Wakes the tasks whose timers are due.
    pub(crate) fn fire(&self, now: u32, mut wake: impl FnMut(Task)) {
        if !self.next.get().is_some_and(|due| is_due(due, now)) {
            return;
        }
        for place in bits(self.running.get()) {
            if !is_due(self.due[place].get(), now) {
                continue;
            }
            self.running.set(self.running.get() & !(1 << place));
            self.due[place].set(0);
            if let Some(task) = self.tasks[place].take() {
                wake(task);
            }
        }
        self.find_next();
    }

    /// Finds out when the next one is due.
    #[inline(never)]
    fn find_next(&self) {
        let due = bits(self.running.get()).map(|place| self.due[place].get());
        self.next.set(due.fold(None, earlier));
    }

    /// Starts a free timer, or the one at `place` again for another task. Returns its place, or `None` if all are in use.
    pub(crate) fn start(&self, place: Option<u8>, due: u32, task: Task) -> Option<u8> {
        let free = || (self.used.get() != u16::MAX).then(|| self.used.get().trailing_ones() as usize);
        let place = place.map(usize::from).or_else(free)? % MAX_TIMERS;
        self.used.set(self.used.get() | 1 << place);
        self.running.set(self.running.get() | 1 << place);
        self.due[place].set(due);
        self.tasks[place].set(Some(task));
        self.next.set(earlier(self.next.get(), due));
        Some(place as u8)
    }

    /// Makes a timer free.
    pub(crate) fn stop(&self, place: u8) {
        let (place, running) = (usize::from(place) % MAX_TIMERS, self.running.get());
        self.used.set(self.used.get() & !(1 << place));
        self.running.set(running & !(1 << place));
        if running & 1 << place == 0 {
            return;
        }
        let due = self.due[place].take();
        self.tasks[place].set(None);
        if self.next.get() == Some(due) {
            self.find_next();
        }
    }
}

#[cfg(test)]
impl Timers {
    pub(crate) fn used(&self) -> usize {
        self.used.get().count_ones() as usize
    }
}
