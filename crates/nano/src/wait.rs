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

    /// Whether a waiter with a higher priority comes first.
    const IN_ORDER: bool = true;

    /// Returns the tasks that wait.
    fn waiters(&self) -> &Waiters;

    /// Returns whether what is waited for is there.
    fn is_there(&self) -> bool;

    /// Takes it for the task that is polled. It is there.
    fn take(&self, kernel: &Kernel) -> Self::Item;

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
    place: Place,
}

/// The task that is among the waiters because of a future.
#[derive(Debug)]
struct Place(Option<Task>);

/// What a poll of a wait does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Nothing: the task waits, or has no budget left.
    Pending,
    /// Another task is among the waiters by this future.
    Moved,
    /// The task is now among the waiters.
    Joined,
    /// The task takes what it waits for.
    Take,
    /// The wait was not polled by the executor.
    Outside,
    /// The task is among the waiters by another future.
    Twice,
}

// Each wait of each task would have this code if it were not the same for all sources.
impl Place {
    /// Decides what a poll does. The task joins the waiters, or leaves them.
    #[inline(never)]
    fn turn(&mut self, kernel: &Kernel, waiters: &Waiters, is_there: bool, in_order: bool) -> Turn {
        let Some(task) = kernel.current() else { return Turn::Outside };
        if self.0.is_some_and(|waiting| waiting != task) {
            return Turn::Moved;
        }
        if !kernel.has_budget() {
            kernel.wake(task);
            return Turn::Pending;
        }
        if is_there && !(in_order && waiters.has_above(task)) {
            self.leave(waiters);
            kernel.spend();
            return Turn::Take;
        }
        if self.0.is_some() {
            return Turn::Pending;
        }
        if waiters.get().contains(task) {
            return Turn::Twice;
        }
        waiters.insert(task);
        self.0 = Some(task);
        Turn::Joined
    }

    /// Leaves the waiters. Returns the task that waited.
    fn leave(&mut self, waiters: &Waiters) -> Option<Task> {
        let task = self.0.take()?;
        waiters.remove(task);
        Some(task)
    }
}

impl<'k, S: Source> Wait<'k, S> {
    pub(crate) fn new(kernel: &'k Kernel, source: S) -> Self {
        Self { kernel, source, place: Place(None) }
    }

    /// Leaves the waiters. Returns whether the task waited.
    fn leave(&mut self) -> bool {
        let task = self.place.leave(self.source.waiters());
        if let Some(task) = task {
            self.source.leave(self.kernel, task);
        }
        task.is_some()
    }

    /// Takes it, or waits, as the turn says.
    fn act(&mut self, turn: Turn) -> Poll<Result<S::Item, WaitError>> {
        match (turn, self.kernel.current()) {
            (Turn::Take, _) => {
                let item = self.source.take(self.kernel);
                self.source.settle(self.kernel);
                return Poll::Ready(Ok(item));
            }
            (Turn::Joined, Some(task)) => {
                if let Err(error) = self.source.begin(self.kernel, task) {
                    self.place.leave(self.source.waiters());
                    return Poll::Ready(Err(error));
                }
            }
            (Turn::Twice, Some(task)) => return Poll::Ready(Err(WaitError::Twice { task })),
            (Turn::Outside, _) => return Poll::Ready(Err(WaitError::Outside)),
            (Turn::Moved, Some(task)) => return Poll::Ready(Err(WaitError::Moved { task })),
            _ => {}
        }
        Poll::Pending
    }
}

// No part of it is ever pinned.
impl<S: Source> Unpin for Wait<'_, S> {}

impl<S: Source> Future for Wait<'_, S> {
    type Output = Result<S::Item, WaitError>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let (kernel, source) = (this.kernel, &this.source);
        let waited = this.place.0;
        let turn = this.place.turn(kernel, source.waiters(), source.is_there(), S::IN_ORDER);
        if let Some(task) = waited.filter(|waited| this.place.0 != Some(*waited)) {
            source.leave(kernel, task);
        }
        this.act(turn)
    }
}

impl<S: Source> Drop for Wait<'_, S> {
    fn drop(&mut self) {
        if mutation::is(Mutation::LeaveWaiter) || !self.leave() || mutation::is(Mutation::KeepWake) {
            return;
        }
        self.source.settle(self.kernel);
    }
}
