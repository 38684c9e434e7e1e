//! Event flags.

use crate::error::WaitError;
use crate::kernel::Kernel;
use crate::mutation::{self, Mutation};
use crate::task::{MAX_TASKS, Set, Task};
use crate::wait::{Source, Wait, Waiters};
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

    /// Sets flags, and wakes each task whose wait they end. Does not block.
    pub fn set(&self, kernel: &Kernel, flags: u32) {
        let before = if mutation::is(Mutation::ReplaceLines) { 0 } else { self.flags.get() };
        self.flags.set(before | flags);
        self.settle(kernel);
    }

    /// Clears flags. Returns those of them that were set. Does not block.
    pub fn clear(&self, flags: u32) -> u32 {
        let found = self.flags.get() & flags;
        self.flags.set(self.flags.get() & !flags);
        found
    }

    /// Waits until a flag of the mask is set. Clears and returns those of the mask that are.
    pub fn any<'a>(
        &'a self,
        kernel: &'a Kernel,
        mask: u32,
    ) -> impl Future<Output = Result<u32, WaitError>> + 'a {
        Wait::new(kernel, Flags { events: self, mask, all: false })
    }

    /// Waits until all flags of the mask are set at once. Clears and returns them.
    pub fn all<'a>(
        &'a self,
        kernel: &'a Kernel,
        mask: u32,
    ) -> impl Future<Output = Result<u32, WaitError>> + 'a {
        Wait::new(kernel, Flags { events: self, mask, all: true })
    }

    fn settle(&self, kernel: &Kernel) {
        for task in self.waiters.get() {
            let (mask, all) = (self.wanted[task.index()].get(), self.all.get().contains(task));
            if matches(self.flags.get(), mask, all) {
                kernel.wake(task);
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

/// Returns whether flags end a wait. An empty mask ends only a wait for all.
const fn matches(flags: u32, mask: u32, all: bool) -> bool {
    if all { flags & mask == mask } else { flags & mask != 0 }
}

/// A wait for flags.
struct Flags<'a> {
    events: &'a Events,
    mask: u32,
    all: bool,
}

impl Source for Flags<'_> {
    type Item = u32;

    fn waiters(&self) -> &Waiters {
        &self.events.waiters
    }

    fn attempt(&self, _: &Kernel, _: Task) -> Option<u32> {
        matches(self.events.flags.get(), self.mask, self.all).then(|| self.events.clear(self.mask))
    }

    fn begin(&self, _: &Kernel, task: Task) -> Result<(), WaitError> {
        let all = self.events.all.get();
        self.events.all.set(if self.all { all.with(task) } else { all.without(task) });
        self.events.wanted[task.index()].set(self.mask);
        Ok(())
    }

    fn leave(&self, _: &Kernel, task: Task) {
        self.events.all.set(self.events.all.get().without(task));
        self.events.wanted[task.index()].set(0);
    }

    fn settle(&self, kernel: &Kernel) {
        self.events.settle(kernel);
    }
}
