//! Mutex with priority inheritance.

use crate::error::WaitError;
use crate::kernel::Kernel;
use crate::mutation::{self, Mutation};
use crate::task::Task;
use crate::wait::{Source, Wait};
use crate::waiters::Waiters;
use core::cell::Cell;

/// Mutex with priority inheritance. What it protects is the application's: `Cell`s, registers.
///
/// While a task waits for it, its holder runs with the priority of that task, over any number of mutexes. Waiters get it in
/// the order of their priority. A task waits for one mutex at a time, and may hold several.
#[derive(Debug)]
pub struct Mutex {
    holder: Cell<Option<Task>>,
    pub(crate) waiters: Waiters,
}

impl Mutex {
    /// Creates a mutex that is free.
    #[must_use]
    pub const fn new() -> Self {
        Self { holder: Cell::new(None), waiters: Waiters::new() }
    }

    /// Returns the task that has the mutex, or `None` while it is free.
    #[must_use]
    pub fn holder(&self) -> Option<Task> {
        self.holder.get()
    }

    /// Waits for the mutex. It is held until the guard is dropped.
    /// A future that was polled has to be polled to its end by the same task, or dropped.
    ///
    /// # Errors
    ///
    /// [`WaitError::Deadlock`] if its holder waits for this task, or is this task.
    pub fn lock<'a>(
        &'a self,
        kernel: &'a Kernel,
    ) -> impl Future<Output = Result<Locked<'a>, WaitError>> + 'a {
        Wait::new(kernel, Lock { mutex: self, kernel })
    }

    fn unlock(&self, kernel: &Kernel) {
        self.holder.set(None);
        self.tell_waiters(kernel, None);
        self.settle(kernel);
    }

    /// Tells the kernel who has what the waiters wait for.
    fn tell_waiters(&self, kernel: &Kernel, holder: Option<Task>) {
        self.waiters
            .get()
            .filter(|waiter| Some(*waiter) != holder)
            .for_each(|waiter| kernel.block(waiter, holder));
    }

    fn settle(&self, kernel: &Kernel) {
        if self.holder.get().is_none() {
            kernel.wake_first(&self.waiters);
        }
    }
}

impl Default for Mutex {
    fn default() -> Self {
        Self::new()
    }
}

/// Guard of a mutex. The mutex is free again when it is dropped.
#[derive(Debug)]
#[must_use = "the mutex is free again at once"]
pub struct Locked<'a> {
    mutex: &'a Mutex,
    kernel: &'a Kernel,
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.mutex.unlock(self.kernel);
    }
}

/// A wait for a mutex.
struct Lock<'a> {
    mutex: &'a Mutex,
    kernel: &'a Kernel,
}

impl<'a> Source for Lock<'a> {
    type Item = Locked<'a>;

    fn waiters(&self) -> &Waiters {
        &self.mutex.waiters
    }

    fn is_there(&self) -> bool {
        self.mutex.holder.get().is_none() || mutation::is(Mutation::LockTaken)
    }

    fn take(&self, kernel: &Kernel) -> Locked<'a> {
        let task = kernel.current();
        self.mutex.holder.set(task);
        self.mutex.tell_waiters(kernel, task);
        Locked { mutex: self.mutex, kernel: self.kernel }
    }

    fn begin(&self, kernel: &Kernel, task: Task) -> Result<(), WaitError> {
        if kernel.is_blocked(task) {
            return Err(WaitError::Twice { task });
        }
        let holder = self.mutex.holder.get();
        if let Some(holder) = holder.filter(|holder| kernel.leads_to(*holder, task)) {
            return Err(WaitError::Deadlock { task, holder });
        }
        kernel.block(task, holder);
        Ok(())
    }

    fn leave(&self, kernel: &Kernel, task: Task) {
        kernel.unblock(task);
    }

    fn settle(&self, kernel: &Kernel) {
        self.mutex.settle(kernel);
    }
}
