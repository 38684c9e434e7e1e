//! Errors of the scheduler.

use crate::task::Task;
use core::fmt;

/// Errors of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitError {
    /// The future was polled by something else than the executor.
    Outside,
    /// The task waits for the same thing with two futures at once, or for two mutexes.
    Twice {
        /// The task.
        task: Task,
    },
    /// The task polls a future by which another task waits. The other waits until the future is dropped.
    Moved {
        /// The task.
        task: Task,
    },
    /// The task waits for a mutex that it has itself, or whose holder waits for the task.
    Deadlock {
        /// The task.
        task: Task,
        /// The holder of the mutex.
        holder: Task,
    },
    /// All timers are in use.
    NoTimer {
        /// How many timers there are.
        limit: u8,
    },
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside => f.write_str("a wait outside a task of the executor"),
            Self::Twice { task } => write!(f, "task {} waits twice at once", task.number()),
            Self::Moved { task } => write!(f, "task {} polls a wait of another task", task.number()),
            Self::Deadlock { task, holder } => {
                write!(f, "task {} waits for task {}, which waits for it", task.number(), holder.number())
            }
            Self::NoTimer { limit } => write!(f, "all {limit} timers are in use"),
        }
    }
}

impl core::error::Error for WaitError {}

/// Errors of a wait with a timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeoutError {
    /// The time was over first.
    Elapsed,
    /// The timer failed.
    Wait(WaitError),
}

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elapsed => f.write_str("the time is over"),
            Self::Wait(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for TimeoutError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Elapsed => None,
            Self::Wait(error) => Some(error),
        }
    }
}

impl From<WaitError> for TimeoutError {
    fn from(error: WaitError) -> Self {
        Self::Wait(error)
    }
}

/// Errors of the start of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpawnError {
    /// The task is running.
    Taken {
        /// The task.
        task: Task,
    },
    /// The pinned option has no future.
    Empty {
        /// The task.
        task: Task,
    },
}

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken { task } => write!(f, "task {} is running", task.number()),
            Self::Empty { task } => write!(f, "no future for task {}", task.number()),
        }
    }
}

impl core::error::Error for SpawnError {}
