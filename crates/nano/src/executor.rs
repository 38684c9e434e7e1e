//! The executor.

use crate::error::SpawnError;
use crate::kernel::Kernel;
use crate::mutation::{self, Mutation};
use crate::shim::Shim;
use crate::task::{MAX_TASKS, Task};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

/// Future of a task in its place: `pin!(Some(future))`. The executor drops it when it ends or is cancelled.
pub trait Body<E> {
    /// Polls the future. Without one it has ended.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>>;

    /// Drops the future.
    fn clear(self: Pin<&mut Self>);

    /// Returns whether there is no future.
    fn is_empty(&self) -> bool;
}

impl<E, F: Future<Output = Result<(), E>>> Body<E> for Option<F> {
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        self.as_pin_mut().map_or(Poll::Ready(Ok(())), |future| future.poll(context))
    }

    fn clear(mut self: Pin<&mut Self>) {
        self.set(None);
    }

    fn is_empty(&self) -> bool {
        self.is_none()
    }
}

/// Result of one step of the executor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<E> {
    /// A task was polled, and waits.
    Polled(Task),
    /// A task was polled, and has ended. Its place is free.
    Ended(Task, Result<(), E>),
    /// A task was cancelled. Its place is free.
    Cancelled(Task),
    /// No task was ready. The shim has waited for an interrupt or the next deadline.
    Slept,
    /// No task is live.
    Finished,
}

/// Executor of at most 8 tasks, in places that the caller has pinned. It polls the ready task with the highest priority.
#[derive(Debug)]
pub struct Executor<'a, S, E> {
    kernel: &'a Kernel,
    shim: S,
    places: [Option<Place<'a, E>>; MAX_TASKS],
    polls: u32,
    sleeps: u32,
}

struct Place<'a, E>(Pin<&'a mut (dyn Body<E> + 'a)>);

impl<E> core::fmt::Debug for Place<'_, E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Place")
    }
}

impl<'a, S: Shim, E> Executor<'a, S, E> {
    /// Creates an executor without tasks.
    pub fn new(kernel: &'a Kernel, shim: S) -> Self {
        Self { kernel, shim, places: [const { None }; MAX_TASKS], polls: 0, sleeps: 0 }
    }

    /// Starts a task. It is polled in a later step.
    ///
    /// # Errors
    ///
    /// [`SpawnError::Taken`] if the task is running, and [`SpawnError::Empty`] if `body` has no future.
    pub fn spawn(&mut self, task: Task, body: Pin<&'a mut (dyn Body<E> + 'a)>) -> Result<(), SpawnError> {
        if self.kernel.is_live(task) {
            return Err(SpawnError::Taken { task });
        }
        if body.is_empty() {
            return Err(SpawnError::Empty { task });
        }
        self.places[task.index()] = Some(Place(body));
        self.kernel.start(task);
        Ok(())
    }

    /// Drops a task's future now. Returns whether it was live. Nothing of the task stays: no wait, no mutex, no timer.
    pub fn cancel(&mut self, task: Task) -> bool {
        let live = self.kernel.is_live(task);
        self.clear(task);
        live
    }

    /// Does one thing: cancels one task, or polls one, or sleeps until an interrupt or the next deadline.
    ///
    /// In one poll a task has at most [`BUDGET`](crate::BUDGET) waits that succeed.
    pub fn step(&mut self) -> Step<E> {
        self.kernel.advance(self.shim.tick(), self.shim.interrupt_poll());
        if let Some(task) = self.kernel.next_cancelled() {
            self.clear(task);
            return Step::Cancelled(task);
        }
        match self.kernel.next_ready() {
            Some(task) => self.poll(task),
            None if !self.kernel.has_live() => Step::Finished,
            None => self.sleep(),
        }
    }

    /// Runs until no task is live. Errors of tasks go to `failed`.
    pub fn run(&mut self, mut failed: impl FnMut(Task, E)) {
        loop {
            match self.step() {
                Step::Finished => return,
                Step::Ended(task, Err(error)) => failed(task, error),
                _ => {}
            }
        }
    }

    /// Returns how often a task was polled. Wraps after 2^32.
    #[must_use]
    pub fn polls(&self) -> u32 {
        self.polls
    }

    /// Returns how often the executor slept, and with that woke up. Wraps after 2^32.
    #[must_use]
    pub fn sleeps(&self) -> u32 {
        self.sleeps
    }

    fn poll(&mut self, task: Task) -> Step<E> {
        self.polls = self.polls.wrapping_add(1);
        self.kernel.enter(task);
        let result = match &mut self.places[task.index()] {
            Some(place) => place.0.as_mut().poll(&mut Context::from_waker(Waker::noop())),
            None => Poll::Ready(Ok(())),
        };
        self.kernel.leave();
        let Poll::Ready(result) = result else { return Step::Polled(task) };
        self.clear(task);
        Step::Ended(task, result)
    }

    fn sleep(&mut self) -> Step<E> {
        self.sleeps = self.sleeps.wrapping_add(1);
        let deadline = if mutation::is(Mutation::NoDeadline) { None } else { self.kernel.timers.next() };
        if !mutation::is(Mutation::NeverSleep) {
            self.shim.interrupt_wait(deadline);
        }
        Step::Slept
    }
}

impl<S, E> Executor<'_, S, E> {
    /// Drops the future of a task, and then what the kernel knows of it: the drop itself may wake tasks.
    fn clear(&mut self, task: Task) {
        if let Some(mut place) = self.places[task.index()].take() {
            place.0.as_mut().clear();
        }
        self.kernel.end(task);
    }
}

#[cfg(test)]
impl<S, E> Executor<'_, S, E> {
    pub(crate) fn has(&self, task: Task) -> bool {
        self.places[task.index()].is_some()
    }
}

impl<S, E> Drop for Executor<'_, S, E> {
    fn drop(&mut self) {
        (0..MAX_TASKS as u8).filter_map(Task::new).for_each(|task| self.clear(task));
    }
}
