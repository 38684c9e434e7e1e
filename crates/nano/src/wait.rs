//! The one future behind all primitives.

use crate::error::WaitError;
use crate::kernel::Kernel;
use crate::mutation::{self, Mutation};
use crate::task::{Set, Task};
use core::cell::Cell;
use core::pin::Pin;
use core::task::{Context, Poll};

/// Tasks that wait for one thing. A task stays in it until its future is ready or dropped.
#[derive(Debug)]
pub struct Waiters(Cell<Set>);

impl Waiters {
    pub(crate) const fn new() -> Self {
        Self(Cell::new(Set::EMPTY))
    }

    pub(crate) fn get(&self) -> Set {
        self.0.get()
    }

    /// Returns whether a task with a higher priority waits. It comes first, also when it is not polled yet.
    pub(crate) fn has_above(&self, task: Task) -> bool {
        !self.0.get().above(task).is_empty() && !mutation::is(Mutation::Overtake)
    }

    pub(crate) fn wake_first(&self, kernel: &Kernel) {
        if let Some(first) = self.0.get().first() {
            kernel.wake(first);
        }
    }
}

/// What a task waits for.
///
/// Always true: if a waiter can take something, one that may take it first is ready. `settle` keeps that true, and runs after every
/// change of what there is to take and of who waits.
pub trait Source {
    /// What the wait returns.
    type Item;

    /// Returns the tasks that wait.
    fn waiters(&self) -> &Waiters;

    /// Takes what `task` waits for, if it may have it now.
    fn attempt(&self, kernel: &Kernel, task: Task) -> Option<Self::Item>;

    /// Notes what else the kernel has to know of a task that begins to wait.
    fn begin(&self, _kernel: &Kernel, _task: Task) -> Result<(), WaitError> {
        Ok(())
    }

    /// Takes back what `begin` noted.
    fn leave(&self, _kernel: &Kernel, _task: Task) {}

    /// Wakes the waiter that can go on, if one can.
    fn settle(&self, kernel: &Kernel);
}

/// Future of a wait.
#[derive(Debug)]
pub struct Wait<'k, S: Source> {
    kernel: &'k Kernel,
    source: S,
    /// The task that is among the waiters because of this future.
    waiting: Option<Task>,
}

impl<'k, S: Source> Wait<'k, S> {
    pub(crate) fn new(kernel: &'k Kernel, source: S) -> Self {
        Self { kernel, source, waiting: None }
    }

    fn join(&mut self, task: Task) -> Result<(), WaitError> {
        let waiters = &self.source.waiters().0;
        if waiters.get().contains(task) {
            return Err(WaitError::Twice { task });
        }
        self.source.begin(self.kernel, task)?;
        waiters.set(waiters.get().with(task));
        self.waiting = Some(task);
        Ok(())
    }

    fn leave(&mut self) {
        if let Some(task) = self.waiting.take() {
            let waiters = &self.source.waiters().0;
            waiters.set(waiters.get().without(task));
            self.source.leave(self.kernel, task);
        }
    }
}

// No part of it is ever pinned.
impl<S: Source> Unpin for Wait<'_, S> {}

impl<S: Source> Future for Wait<'_, S> {
    type Output = Result<S::Item, WaitError>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Some(task) = this.kernel.current() else { return Poll::Ready(Err(WaitError::Outside)) };
        if !this.kernel.has_budget() {
            this.kernel.wake(task);
            return Poll::Pending;
        }
        if let Some(item) = this.source.attempt(this.kernel, task) {
            this.kernel.spend();
            this.leave();
            this.source.settle(this.kernel);
            return Poll::Ready(Ok(item));
        }
        if this.waiting != Some(task) {
            this.leave();
            if let Err(error) = this.join(task) {
                return Poll::Ready(Err(error));
            }
        }
        Poll::Pending
    }
}

impl<S: Source> Drop for Wait<'_, S> {
    fn drop(&mut self) {
        if self.waiting.is_none() || mutation::is(Mutation::LeaveWaiter) {
            return;
        }
        self.leave();
        if !mutation::is(Mutation::KeepWake) {
            self.source.settle(self.kernel);
        }
    }
}
