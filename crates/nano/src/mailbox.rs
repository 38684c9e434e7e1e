//! Mailbox: the newest message only.

use crate::error::WaitError;
use crate::kernel::Kernel;
use crate::task::Task;
use crate::wait::{Source, Wait};
use crate::waiters::Waiters;
use core::cell::Cell;
use core::fmt;

/// Mailbox with one place. A new message replaces one that nobody has taken.
pub struct Mailbox<T> {
    message: Cell<Option<T>>,
    full: Cell<bool>,
    pub(crate) waiters: Waiters,
}

impl<T> Mailbox<T> {
    /// Creates an empty mailbox.
    #[must_use]
    pub const fn new() -> Self {
        Self { message: Cell::new(None), full: Cell::new(false), waiters: Waiters::new() }
    }

    /// Returns whether a message is there.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.full.get()
    }

    /// Puts a message in. Returns the one that it replaced, or `None`. Does not block.
    pub fn post(&self, kernel: &Kernel, message: T) -> Option<T> {
        let older = self.message.replace(Some(message));
        self.full.set(true);
        self.settle(kernel);
        older
    }

    /// Waits for a message and takes it. A future that was polled has to be polled to its end or dropped.
    pub fn receive<'a>(&'a self, kernel: &'a Kernel) -> impl Future<Output = Result<T, WaitError>> + 'a {
        Wait::new(kernel, self)
    }

    /// Takes the message, or returns `None` if there is none or others wait for one. Does not block.
    pub fn try_receive(&self) -> Option<T> {
        if self.waiters.get().is_empty() { self.take() } else { None }
    }

    fn take(&self) -> Option<T> {
        self.full.set(false);
        self.message.take()
    }
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Copy + fmt::Debug> fmt::Debug for Mailbox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.message.get(), self.waiters)
    }
}

impl<T> Source for &Mailbox<T> {
    type Item = T;

    fn waiters(&self) -> &Waiters {
        &self.waiters
    }

    fn attempt(&self, _: &Kernel, task: Task) -> Option<T> {
        if self.waiters.has_above(task) { None } else { self.take() }
    }

    fn settle(&self, kernel: &Kernel) {
        if self.full.get() {
            kernel.wake_first(&self.waiters);
        }
    }
}
