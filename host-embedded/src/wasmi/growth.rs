//! Limits of a store that note growth of the memory which they refuse.

use ::wasmi::errors::{MemoryError, TableError};
use ::wasmi::{ResourceLimiter, StoreLimits};
use ::wasmi_core::LimiterError;

/// Limits of a store, and what they refused.
pub(super) struct Growth {
    limits: StoreLimits,
    /// The size that the memory would have, in bytes, if its last growth was refused.
    refused: Option<u64>,
}

impl Growth {
    pub(super) fn new(limits: StoreLimits) -> Self {
        Self { limits, refused: None }
    }

    pub(super) fn refused(&self) -> Option<u64> {
        self.refused
    }

    pub(super) fn forget(&mut self) {
        self.refused = None;
    }
}

impl ResourceLimiter for Growth {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, LimiterError> {
        let allowed = self.limits.memory_growing(current, desired, maximum)?;
        self.refused = (!allowed).then_some(desired as u64);
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, LimiterError> {
        self.limits.table_growing(current, desired, maximum)
    }

    fn memory_grow_failed(&mut self, error: &MemoryError) -> Result<(), LimiterError> {
        self.limits.memory_grow_failed(error)
    }

    fn table_grow_failed(&mut self, error: &TableError) -> Result<(), LimiterError> {
        self.limits.table_grow_failed(error)
    }

    fn instances(&self) -> usize {
        self.limits.instances()
    }

    fn tables(&self) -> usize {
        self.limits.tables()
    }

    fn memories(&self) -> usize {
        self.limits.memories()
    }
}
