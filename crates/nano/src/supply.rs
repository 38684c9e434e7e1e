//! What tasks take one by one.

use crate::kernel::Kernel;
use crate::wait::{Source, Wait};
use crate::waiters::Waiters;
use core::cell::Cell;

/// Units that tasks wait for and take one by one, in the order of their priority: permits, messages, places for messages.
///
/// Each primitive that hands something out has one, so that there is one wait in the code and not one for each of them.
#[derive(Debug)]
pub(crate) struct Supply {
    units: Cell<u16>,
    waiters: Waiters,
}

impl Supply {
    pub(crate) const fn new(units: u16) -> Self {
        Self { units: Cell::new(units), waiters: Waiters::new() }
    }

    pub(crate) fn units(&self) -> u16 {
        self.units.get()
    }

    /// Waits for a unit and takes it.
    pub(crate) fn wait<'a>(&'a self, kernel: &'a Kernel) -> Wait<'a, &'a Self> {
        Wait::new(kernel, self)
    }

    /// Takes a unit if one is left and nobody waits for it. Returns whether it did.
    pub(crate) fn try_take(&self) -> bool {
        self.waiters.get().is_empty() && self.take_one()
    }

    fn take_one(&self) -> bool {
        let rest = self.units.get().checked_sub(1);
        rest.map(|rest| self.units.set(rest)).is_some()
    }

    /// Adds a unit, and wakes a waiter. Returns `false` if there are 65,535 already.
    pub(crate) fn add(&self, kernel: &Kernel) -> bool {
        let Some(units) = self.units.get().checked_add(1) else { return false };
        self.units.set(units);
        self.settle(kernel);
        true
    }
}

#[cfg(test)]
impl Supply {
    pub(crate) fn is_waiting(&self, task: crate::Task) -> bool {
        self.waiters.get().contains(task)
    }
}

impl Source for &Supply {
    type Item = ();

    fn waiters(&self) -> &Waiters {
        &self.waiters
    }

    fn is_there(&self) -> bool {
        self.units.get() > 0
    }

    fn take(&self, _: &Kernel) {
        self.take_one();
    }

    fn settle(&self, kernel: &Kernel) {
        if self.units.get() > 0 {
            kernel.wake_first(&self.waiters);
        }
    }
}
