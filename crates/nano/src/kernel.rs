//! What all tasks and primitives share.

use crate::flags::Events;
use crate::mutation::{self, Mutation};
use crate::task::{MAX_TASKS, Set, Task};
use crate::timers::Timers;
use crate::waiters::Waiters;
use core::cell::Cell;

/// Waits that may succeed in one poll of a task. After them the poll ends: interrupts and timers are seen, and ready tasks with a
/// higher priority run.
pub const BUDGET: u8 = 8;

/// Shared state of the tasks of a node: who is ready, who waits for whom, the timers and the interrupts.
///
/// A node has one kernel. Every primitive is used with the same one.
#[derive(Debug)]
pub struct Kernel {
    now: Cell<u32>,
    ready: Cell<Set>,
    live: Cell<Set>,
    cancelled: Cell<Set>,
    current: Cell<Option<Task>>,
    budget: Cell<u8>,
    /// The tasks that wait for a mutex, and the holder of the mutex for each.
    blocked: Cell<Set>,
    holders: [Cell<Option<Task>>; MAX_TASKS],
    pub(crate) timers: Timers,
    lines: Events,
}

impl Kernel {
    /// Creates a kernel without tasks, at tick 0.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            now: Cell::new(0),
            ready: Cell::new(Set::EMPTY),
            live: Cell::new(Set::EMPTY),
            cancelled: Cell::new(Set::EMPTY),
            current: Cell::new(None),
            budget: Cell::new(0),
            blocked: Cell::new(Set::EMPTY),
            holders: [const { Cell::new(None) }; MAX_TASKS],
            timers: Timers::new(),
            lines: Events::new(0),
        }
    }

    /// Returns the time in ticks, as it was when the running poll began. It wraps after 2^32.
    #[must_use]
    pub fn now(&self) -> u32 {
        self.now.get()
    }

    /// Returns the task that is being polled, or `None` outside of a poll.
    #[must_use]
    pub fn current(&self) -> Option<Task> {
        self.current.get()
    }

    /// Returns the interrupts as event flags: line n is flag n. A wait takes the lines that it waited for.
    #[must_use]
    pub fn interrupts(&self) -> &Events {
        &self.lines
    }

    /// Makes a task ready, so that it is polled again. Does nothing if the task is not live.
    pub fn wake(&self, task: Task) {
        if self.live.get().contains(task) {
            self.ready.set(self.ready.get().with(task));
        }
    }

    /// Wakes the waiter with the highest priority.
    pub(crate) fn wake_first(&self, waiters: &Waiters) {
        if let Some(first) = waiters.get().first() {
            self.wake(first);
        }
    }

    /// Asks the executor to cancel a task before it polls the next one. Does nothing if the task is not live.
    pub fn cancel(&self, task: Task) {
        if self.live.get().contains(task) {
            self.cancelled.set(self.cancelled.get().with(task));
        }
    }

    /// Returns whether a task has started and not ended.
    #[must_use]
    pub fn is_live(&self, task: Task) -> bool {
        self.live.get().contains(task)
    }

    pub(crate) fn has_live(&self) -> bool {
        !self.live.get().is_empty()
    }

    /// Begins a turn of the executor: the time is `now`, and these interrupts have come.
    pub(crate) fn advance(&self, now: u32, lines: u32) {
        self.now.set(now);
        self.timers.fire(now, |task| self.wake(task));
        if lines != 0 {
            self.lines.raise(lines, |task| self.wake(task));
        }
    }

    pub(crate) fn start(&self, task: Task) {
        self.live.set(self.live.get().with(task));
        self.wake(task);
    }

    /// Forgets a task whose future is dropped.
    pub(crate) fn end(&self, task: Task) {
        if !mutation::is(Mutation::KeepEnded) {
            self.live.set(self.live.get().without(task));
        }
        if !mutation::is(Mutation::KeepReady) {
            self.ready.set(self.ready.get().without(task));
        }
        self.cancelled.set(self.cancelled.get().without(task));
    }

    pub(crate) fn next_cancelled(&self) -> Option<Task> {
        self.cancelled.get().first()
    }

    /// Returns the task to poll: the ready one that has, or for which waits, the highest priority.
    pub(crate) fn next_ready(&self) -> Option<Task> {
        let ready = self.ready.get();
        let first = ready.first()?;
        if mutation::is(Mutation::NoInheritance) {
            return Some(first);
        }
        let mut waiting = self.blocked.get().above(first);
        Some(waiting.find_map(|task| self.ready_holder(task, ready)).unwrap_or(first))
    }

    /// Follows the holders of mutexes from a task that waits to a ready one.
    fn ready_holder(&self, task: Task, ready: Set) -> Option<Task> {
        let mut at = task;
        for _ in 0..MAX_TASKS {
            at = self.holders[at.index()].get()?;
            if ready.contains(at) {
                return Some(at);
            }
        }
        None
    }

    /// Begins a poll of `task`.
    pub(crate) fn enter(&self, task: Task) {
        self.ready.set(self.ready.get().without(task));
        self.current.set(Some(task));
        self.budget.set(BUDGET);
    }

    pub(crate) fn leave(&self) {
        self.current.set(None);
    }

    pub(crate) fn has_budget(&self) -> bool {
        self.budget.get() > 0
    }

    pub(crate) fn spend(&self) {
        if !mutation::is(Mutation::NoBudget) {
            self.budget.set(self.budget.get().saturating_sub(1));
        }
    }

    pub(crate) fn is_blocked(&self, task: Task) -> bool {
        self.blocked.get().contains(task)
    }

    /// Notes that `task` waits for a mutex, and who has it.
    pub(crate) fn block(&self, task: Task, holder: Option<Task>) {
        self.blocked.set(self.blocked.get().with(task));
        self.holders[task.index()].set(holder);
    }

    pub(crate) fn unblock(&self, task: Task) {
        self.blocked.set(self.blocked.get().without(task));
        self.holders[task.index()].set(None);
    }

    /// Returns whether `from` is `task`, or waits for it over any number of mutexes.
    pub(crate) fn leads_to(&self, from: Task, task: Task) -> bool {
        let mut at = Some(from);
        for _ in 0..MAX_TASKS {
            match at {
                Some(found) if found == task => return !mutation::is(Mutation::NoCycle),
                Some(found) => at = self.holders[found.index()].get(),
                None => return false,
            }
        }
        false
    }
}

#[cfg(test)]
impl Kernel {
    pub(crate) fn is_ready(&self, task: Task) -> bool {
        self.ready.get().contains(task)
    }

    /// Returns whether anything of a task is left.
    pub(crate) fn knows(&self, task: Task) -> bool {
        [&self.ready, &self.live, &self.cancelled, &self.blocked].iter().any(|set| set.get().contains(task))
            || self.holders[task.index()].get().is_some()
            || self.holders.iter().any(|holder| holder.get() == Some(task))
            || self.lines.is_waiting(task)
    }
}

impl Default for Kernel {
    fn default() -> Self {
        Self::new()
    }
}
