//! Counting semaphore.

use crate::error::WaitError;
use crate::kernel::Kernel;
use crate::task::Task;
use crate::wait::{Source, Wait};
use crate::waiters::Waiters;
use core::cell::Cell;

/// Counting semaphore. Waiters get permits in the order of their priority.
#[derive(Debug)]
pub struct Semaphore {
    permits: Cell<u16>,
    pub(crate) waiters: Waiters,
}

impl Semaphore {
    /// Creates a semaphore with this many permits.
    #[must_use]
    pub const fn new(permits: u16) -> Self {
        Self { permits: Cell::new(permits), waiters: Waiters::new() }
    }

    /// Returns the permits that are left.
    #[must_use]
    pub fn permits(&self) -> u16 {
        self.permits.get()
    }

    /// Waits for a permit and takes it. A future that was polled has to be polled to its end or dropped.
    pub fn acquire<'a>(&'a self, kernel: &'a Kernel) -> impl Future<Output = Result<(), WaitError>> + 'a {
        Wait::new(kernel, self)
    }

    /// Takes a permit if one is left and nobody waits for it. Returns whether it did. Does not block.
    pub fn try_acquire(&self) -> bool {
        let free = self.permits.get() > 0 && self.waiters.get().is_empty();
        if free {
            self.permits.set(self.permits.get() - 1);
        }
        free
    }

    /// Adds a permit, and wakes a waiter. Returns `false` if there are 65,535 already. Does not block.
    pub fn release(&self, kernel: &Kernel) -> bool {
        let Some(permits) = self.permits.get().checked_add(1) else { return false };
        self.permits.set(permits);
        self.settle(kernel);
        true
    }
}

impl Source for &Semaphore {
    type Item = ();

    fn waiters(&self) -> &Waiters {
        &self.waiters
    }

    fn attempt(&self, _: &Kernel, task: Task) -> Option<()> {
        if self.waiters.has_above(task) {
            return None;
        }
        self.permits.set(self.permits.get().checked_sub(1)?);
        Some(())
    }

    fn settle(&self, kernel: &Kernel) {
        if self.permits.get() > 0 {
            kernel.wake_first(&self.waiters);
        }
    }
}
