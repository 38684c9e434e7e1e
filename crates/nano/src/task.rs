//! Tasks by number, and sets of them.

use core::fmt;

/// Most tasks of a kernel.
pub const MAX_TASKS: usize = 8;

/// Number of a task: 0 to 7. It is the task's priority too: 0 is the highest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Task(Number);

/// The numbers as an enumeration: the compiler knows that an index is inside, and `Option<Task>` is one byte.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Number {
    N0,
    N1,
    N2,
    N3,
    N4,
    N5,
    N6,
    N7,
}

const NUMBERS: [Number; MAX_TASKS] = {
    use Number::*;
    [N0, N1, N2, N3, N4, N5, N6, N7]
};

impl Task {
    /// Returns the task with this number, or `None` from 8 on.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if (number as usize) < MAX_TASKS { Some(Self(NUMBERS[number as usize])) } else { None }
    }

    /// Returns the number: 0 is the task with the highest priority.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0 as u8
    }

    /// Returns the place in an array of `MAX_TASKS`.
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}", self.number())
    }
}

/// Set of tasks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Set(u8);

impl Set {
    pub(crate) const EMPTY: Self = Self(0);

    pub(crate) const fn with(self, task: Task) -> Self {
        Self(self.0 | 1 << task.index())
    }

    pub(crate) const fn without(self, task: Task) -> Self {
        Self(self.0 & !(1 << task.index()))
    }

    pub(crate) const fn contains(self, task: Task) -> bool {
        self.0 & 1 << task.index() != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the members with a higher priority than `task`.
    pub(crate) const fn above(self, task: Task) -> Self {
        Self(self.0 & ((1 << task.index()) - 1))
    }

    /// Returns the member with the highest priority.
    pub(crate) const fn first(self) -> Option<Task> {
        if self.0 == 0 { None } else { Some(Task(NUMBERS[self.0.trailing_zeros() as usize % MAX_TASKS])) }
    }
}

impl Iterator for Set {
    type Item = Task;

    /// Takes the member with the highest priority out.
    fn next(&mut self) -> Option<Task> {
        let first = self.first()?;
        *self = self.without(first);
        Some(first)
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08b}", self.0)
    }
}
