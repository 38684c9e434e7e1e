//! What was counted of a module so far.

use super::limits::{Field, ModuleLimits};
use crate::error::HostErrorKind;

/// The figures of a module, none of which is beyond its limit.
pub(super) struct Tally<'l> {
    limits: &'l ModuleLimits,
    found: ModuleLimits,
    /// The function that is being counted.
    pub(super) function: Option<u32>,
    /// Where in the module that is, in bytes.
    pub(super) offset: u64,
}

impl<'l> Tally<'l> {
    pub(super) fn new(limits: &'l ModuleLimits) -> Self {
        Self { limits, found: ModuleLimits::NONE, function: None, offset: 0 }
    }

    /// Returns the least limits that admit what was counted.
    pub(super) fn found(&self) -> ModuleLimits {
        self.found
    }

    /// Counts a figure of which the largest matters.
    pub(super) fn raise(&mut self, field: Field, figure: u64) -> Result<(), HostErrorKind> {
        let kept = field.in_mut(&mut self.found);
        *kept = figure.max(*kept);
        let limit = field.of(self.limits);
        if figure <= limit {
            return Ok(());
        }
        let (field, function, offset) = (field.name(), self.function, self.offset);
        Err(HostErrorKind::ModuleLimit { field, limit, found: figure, function, offset })
    }

    /// Counts a figure of which the sum matters.
    pub(super) fn add(&mut self, field: Field, figure: u64) -> Result<(), HostErrorKind> {
        let sum = field.in_mut(&mut self.found).saturating_add(figure);
        self.raise(field, sum)
    }
}
