//! The one future behind all primitives.

use crate::error::WaitError;
use crate::kernel::Kernel;
use crate::mutation::{self, Mutation};
use crate::task::Task;
use crate::waiters::Waiters;
use core::pin::Pin;
use core::task::{Context, Poll};

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
        if self.source.waiters().get().contains(task) {
            return Err(WaitError::Twice { task });
        }
        self.source.begin(self.kernel, task)?;
        self.source.waiters().insert(task);
        self.waiting = Some(task);
        Ok(())
    }

    fn leave(&mut self) {
        if let Some(task) = self.waiting.take() {
            self.source.waiters().remove(task);
            self.source.leave(self.kernel, task);
        }
    }
}

/// The task that is polled; pending if it has no budget left. The same for all sources.
#[inline(never)]
fn turn(kernel: &Kernel) -> Poll<Option<Task>> {
    let task = kernel.current();
    if let Some(task) = task.filter(|_| !kernel.has_budget()) {
        kernel.wake(task);
        return Poll::Pending;
    }
    Poll::Ready(task)
}

// No part of it is ever pinned.
impl<S: Source> Unpin for Wait<'_, S> {}

impl<S: Source> Future for Wait<'_, S> {
    type Output = Result<S::Item, WaitError>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let task = match turn(this.kernel) {
            Poll::Ready(Some(task)) => task,
            Poll::Ready(None) => return Poll::Ready(Err(WaitError::Outside)),
            Poll::Pending => return Poll::Pending,
        };
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
