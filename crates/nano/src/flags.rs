//! The state of event flags.

use crate::mutation::{self, Mutation};
use crate::task::{MAX_TASKS, Set, Task};
use crate::waiters::Waiters;
use core::cell::Cell;

/// Group of 32 event flags. A task waits for any or for all flags of a mask, and takes them.
///
/// If tasks wait for the same flag, the one with the highest priority takes it when it is polled.
#[derive(Debug)]
pub struct Events {
    flags: Cell<u32>,
    waiters: Waiters,
    /// What each waiter waits for.
    wanted: [Cell<u32>; MAX_TASKS],
    /// The waiters that want all of it.
    all: Cell<Set>,
}

impl Events {
    /// Creates a group with these flags set.
    #[must_use]
    pub const fn new(flags: u32) -> Self {
        Self {
            flags: Cell::new(flags),
            waiters: Waiters::new(),
            wanted: [const { Cell::new(0) }; MAX_TASKS],
            all: Cell::new(Set::EMPTY),
        }
    }

    /// Returns the flags that are set.
    #[must_use]
    pub fn flags(&self) -> u32 {
        self.flags.get()
    }

    /// Clears flags. Returns those of them that were set. Does not block.
    pub fn clear(&self, flags: u32) -> u32 {
        let found = self.flags.get() & flags;
        self.flags.set(self.flags.get() & !flags);
        found
    }

    /// Sets flags, and wakes each task whose wait they end.
    pub(crate) fn raise(&self, flags: u32, wake: impl FnMut(Task)) {
        let before = if mutation::is(Mutation::ReplaceLines) { 0 } else { self.flags.get() };
        self.flags.set(before | flags);
        self.settle(wake);
    }

    /// Wakes each task whose wait the flags end.
    pub(crate) fn settle(&self, mut wake: impl FnMut(Task)) {
        for task in self.waiters.get() {
            let (mask, all) = (self.wanted[task.index()].get(), self.all.get().contains(task));
            if self.has(mask, all) {
                wake(task);
            }
        }
    }
}

#[cfg(test)]
impl Events {
    pub(crate) fn is_waiting(&self, task: Task) -> bool {
        let wanted = self.wanted[task.index()].get() != 0 || self.all.get().contains(task);
        self.waiters.get().contains(task) || wanted
    }
}

impl Default for Events {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Events {
    pub(crate) fn waiters(&self) -> &Waiters {
        &self.waiters
    }

    /// Returns whether what a wait asks for is there.
    pub(crate) fn has(&self, mask: u32, all: bool) -> bool {
        matches(self.flags.get(), mask, all)
    }

    /// Notes what a waiter waits for.
    pub(crate) fn want(&self, task: Task, mask: u32, all: bool) {
        let set = self.all.get();
        self.all.set(if all { set.with(task) } else { set.without(task) });
        self.wanted[task.index()].set(mask);
    }
}

/// Returns whether flags end a wait. An empty mask ends only a wait for all.
const fn matches(flags: u32, mask: u32, all: bool) -> bool {
    if all { flags & mask == mask } else { flags & mask != 0 }
}
