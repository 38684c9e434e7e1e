//! Limits: what the engine takes of one module, its table, and the engine's own fuel.

use crate::counts::EngineLimits;
use crate::sections::{TABLE_ELEMENTS, table_size};
use aingle_wasm_host_core::{LoadError, Trap};
use aingle_wasm_module::reader::Reader;

/// The most of everything that the engine takes of one module: see [`Spacewasm::LIMITS`](super::Spacewasm::LIMITS).
pub(super) const OF_A_MODULE: EngineLimits = EngineLimits {
    types: 10_000,
    params: 255,
    imports: 1_000,
    functions: 65_535,
    globals: 65_535,
    exports: 1_000,
    segments: 10_000,
    body: 4 << 20,
    locals: 16_000,
    local_groups: 1_000,
};

/// Checks the size of the table. A damaged section is for the engine to refuse.
pub(super) fn check_table(body: Reader<'_>, limit: u32) -> Result<(), LoadError> {
    table_size(body).map_or(Ok(()), |size| LoadError::check_count(TABLE_ELEMENTS, limit, size))
}

/// What a call may use, and has used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fuel {
    pub(super) limit: Option<u64>,
    pub(super) used: u64,
}

impl Fuel {
    /// How many instructions the engine may run at a stretch.
    pub(super) fn stretch(&self) -> usize {
        let left = self.limit.map_or(u64::MAX, |limit| limit.saturating_sub(self.used));
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    pub(super) fn spend(&mut self, used: usize) {
        self.used = self.used.saturating_add(used as u64);
    }

    /// The trap of a call that has used all.
    pub(super) fn exhausted(&self) -> Option<Trap> {
        let limit = self.limit.filter(|&limit| self.used >= limit)?;
        Some(Trap::OutOfFuel { limit, used: self.used })
    }
}
