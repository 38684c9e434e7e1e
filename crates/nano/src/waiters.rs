//! Tasks that wait.

use crate::mutation::{self, Mutation};
use crate::task::{Set, Task};
use core::cell::Cell;

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

    pub(crate) fn insert(&self, task: Task) {
        self.0.set(self.0.get().with(task));
    }

    pub(crate) fn remove(&self, task: Task) {
        self.0.set(self.0.get().without(task));
    }

    /// Returns whether a task with a higher priority waits. It comes first, also when it is not polled yet.
    pub(crate) fn has_above(&self, task: Task) -> bool {
        !self.0.get().above(task).is_empty() && !mutation::is(Mutation::Overtake)
    }
}
