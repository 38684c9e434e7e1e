//! What the tasks of a scene say of themselves.

use super::player::Property;
use crate::{Kernel, TimeoutError};
use core::cell::Cell;

/// Tasks of a scene.
pub(super) const TASKS: usize = 4;

/// What a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    None,
    Permit,
    Mutex(u8),
    Message,
    Place,
    Any(u32),
    All(u32),
    Time,
}

/// The tasks' own account, kept apart from the kernel's.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) waits: [Cell<Wait>; TASKS],
    /// When the timer of each task is due.
    pub(super) due: [Cell<Option<u32>>; TASKS],
    /// How far each task has come.
    pub(super) place: [Cell<u8>; TASKS],
    /// Interrupts that were raised and not taken.
    pub(super) raised: Cell<u32>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            waits: [const { Cell::new(Wait::None) }; TASKS],
            due: Default::default(),
            place: Default::default(),
            raised: Cell::new(0),
        }
    }
}

std::thread_local! {
    /// Waits that succeeded in the running poll, and the first property that a task saw broken.
    pub(super) static SUCCEEDED: Cell<u32> = const { Cell::new(0) };
    pub(super) static BROKEN: Cell<Option<Property>> = const { Cell::new(None) };
}

/// Notes that a property is broken.
pub(super) fn broken(property: Property) {
    BROKEN.set(BROKEN.get().or(Some(property)));
}

impl Log {
    /// Awaits a future as task `task`.
    pub(super) async fn wait<F: Future>(&self, task: usize, what: Wait, future: F) -> F::Output {
        self.waits[task].set(what);
        let output = future.await;
        self.waits[task].set(Wait::None);
        self.place[task].set(self.place[task].get() + 1);
        SUCCEEDED.set(SUCCEEDED.get() + 1);
        output
    }

    /// The same with a timeout. Returns `None` when the time is over, and sees that it is.
    pub(super) async fn timed<F: Future>(
        &self,
        task: usize,
        what: Wait,
        (kernel, ticks): (&Kernel, u32),
        future: F,
    ) -> Option<F::Output> {
        let due = kernel.now().wrapping_add(ticks);
        self.due[task].set(Some(due));
        let output = self.wait(task, what, kernel.timeout(ticks, future)).await;
        self.due[task].set(None);
        match output {
            Ok(output) => Some(output),
            Err(TimeoutError::Elapsed) if kernel.now().wrapping_sub(due) < 1 << 31 => None,
            Err(_) => {
                broken(Property::NotEarly);
                None
            }
        }
    }

    /// Forgets a task that has ended.
    pub(super) fn forget(&self, task: usize) {
        self.waits[task].set(Wait::None);
        self.due[task].set(None);
    }

    pub(super) fn waiting(&self, what: Wait) -> bool {
        self.waits.iter().any(|wait| wait.get() == what)
    }
}
