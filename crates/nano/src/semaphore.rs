//! Counting semaphore.

use crate::error::WaitError;
use crate::kernel::Kernel;
use crate::supply::Supply;

/// Counting semaphore. Waiters get permits in the order of their priority.
#[derive(Debug)]
pub struct Semaphore {
    pub(crate) permits: Supply,
}

impl Semaphore {
    /// Creates a semaphore with this many permits.
    #[must_use]
    pub const fn new(permits: u16) -> Self {
        Self { permits: Supply::new(permits) }
    }

    /// Returns the permits that are left.
    #[must_use]
    pub fn permits(&self) -> u16 {
        self.permits.units()
    }

    /// Waits for a permit and takes it.
    /// A future that was polled has to be polled to its end by the same task, or dropped.
    pub fn acquire<'a>(&'a self, kernel: &'a Kernel) -> impl Future<Output = Result<(), WaitError>> + 'a {
        self.permits.wait(kernel)
    }

    /// Takes a permit if one is left and nobody waits for it. Returns whether it did. Does not block.
    pub fn try_acquire(&self) -> bool {
        self.permits.try_take()
    }

    /// Adds a permit, and wakes a waiter. Returns `false` if there are 65,535 already. Does not block.
    pub fn release(&self, kernel: &Kernel) -> bool {
        self.permits.add(kernel)
    }
}
