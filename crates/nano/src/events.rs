//! Waiting for event flags.

use crate::error::WaitError;
use crate::flags::Events;
use crate::kernel::Kernel;
use crate::task::Task;
use crate::wait::{Source, Wait};
use crate::waiters::Waiters;

impl Events {
    /// Sets flags, and wakes each task whose wait they end. Does not block.
    pub fn set(&self, kernel: &Kernel, flags: u32) {
        self.raise(flags, |task| kernel.wake(task));
    }

    /// Waits until a flag of the mask is set. Clears and returns those of the mask that are.
    pub fn any<'a>(
        &'a self,
        kernel: &'a Kernel,
        mask: u32,
    ) -> impl Future<Output = Result<u32, WaitError>> + 'a {
        Wait::new(kernel, Flags { events: self, mask, all: false })
    }

    /// Waits until all flags of the mask are set at once. Clears and returns them.
    pub fn all<'a>(
        &'a self,
        kernel: &'a Kernel,
        mask: u32,
    ) -> impl Future<Output = Result<u32, WaitError>> + 'a {
        Wait::new(kernel, Flags { events: self, mask, all: true })
    }
}

/// A wait for flags.
struct Flags<'a> {
    events: &'a Events,
    mask: u32,
    all: bool,
}

impl Source for Flags<'_> {
    type Item = u32;

    /// Others wait for other flags.
    const IN_ORDER: bool = false;

    fn waiters(&self) -> &Waiters {
        self.events.waiters()
    }

    fn is_there(&self) -> bool {
        self.events.has(self.mask, self.all)
    }

    fn take(&self, _: &Kernel) -> u32 {
        self.events.clear(self.mask)
    }

    fn begin(&self, _: &Kernel, task: Task) -> Result<(), WaitError> {
        self.events.want(task, self.mask, self.all);
        Ok(())
    }

    fn leave(&self, _: &Kernel, task: Task) {
        self.events.want(task, 0, false);
    }

    fn settle(&self, kernel: &Kernel) {
        self.events.settle(|task| kernel.wake(task));
    }
}
