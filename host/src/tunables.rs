//! Limits of memories and tables.
//!
//! What a module needs at least is compared with the limits before anything is allocated; what it may
//! grow to is cut to them, so that `memory.grow` and `table.grow` fail in the guest.

use crate::config::{EngineConfig, MAX_PAGES, PAGE};
use crate::error::HostErrorKind;
use aingle_wasm_host_core::LoadError;
use wasmer::{MemoryStyle, MemoryType, ModuleInfo, Pages, TableType};

/// The guard behind a dynamic memory, in bytes: constant offsets below it need no check of their own.
const DYNAMIC_GUARD: u64 = 0x1_0000;

/// The limits that an engine's modules are compiled and instantiated under.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// As it is configured, in bytes.
    memory_limit: u64,
    /// What an instance may take besides, in bytes.
    instance_limit: u64,
    /// The whole pages of it.
    memory_pages: u32,
    static_pages: u32,
    /// The largest a single table may become, once the module's tables have shared the limit.
    table_elements: u32,
}

impl Limits {
    pub(crate) fn new(config: &EngineConfig, tables: usize) -> Self {
        let tables = u32::try_from(tables.max(1)).unwrap_or(u32::MAX);
        Self {
            memory_limit: config.memory_limit,
            instance_limit: config.instance_limit,
            memory_pages: config.memory_pages(),
            static_pages: config.static_memory_bound,
            table_elements: config.table_limit / tables,
        }
    }

    /// Refuses a module that needs more than the limits from the beginning.
    pub(crate) fn check(&self, info: &ModuleInfo) -> Result<(), HostErrorKind> {
        let needed = info.memories.values().map(|memory| u64::from(memory.minimum.0)).max().unwrap_or(0);
        if needed > u64::from(self.memory_pages) {
            let (limit, needed) = (self.memory_limit, needed * PAGE);
            return Err(HostErrorKind::Load(LoadError::MemoryLimit { limit, needed }));
        }
        let limit = u64::from(self.table_elements);
        match info.tables.values().map(|table| u64::from(table.minimum)).max() {
            Some(needed) if needed > limit => return Err(HostErrorKind::TableLimit { limit, needed }),
            _ => {}
        }
        let (limit, needed) = (self.instance_limit, beside_memory(info));
        if needed > limit { Err(HostErrorKind::InstanceLimit { limit, needed }) } else { Ok(()) }
    }

    /// The type with its maximum cut to the limit.
    pub(crate) fn memory(&self, ty: &MemoryType) -> MemoryType {
        let maximum = ty.maximum.map_or(MAX_PAGES, |pages| pages.0).min(self.memory_pages);
        MemoryType { maximum: Some(Pages(maximum)), ..*ty }
    }

    /// The type with its maximum cut to the limit.
    pub(crate) fn table(&self, ty: &TableType) -> TableType {
        TableType { maximum: Some(ty.maximum.unwrap_or(u32::MAX).min(self.table_elements)), ..*ty }
    }

    /// Whether all the address space that a memory can ever use is reserved at once.
    pub(crate) fn style(&self, ty: &MemoryType) -> MemoryStyle {
        match self.memory(ty).maximum {
            Some(maximum) if maximum.0 <= self.static_pages => MemoryStyle::Static,
            _ => MemoryStyle::Dynamic { offset_guard_size: DYNAMIC_GUARD },
        }
    }
}

/// What an instance takes besides its memory, in bytes: never less than it takes, and mostly no more than twice of it. The
/// prices were found by counting (`tests/instance_memory.rs`).
fn beside_memory(info: &ModuleInfo) -> u64 {
    let count = |count: usize| count as u64;
    let names: usize = info.exports.keys().map(String::len).sum();
    let elements: usize = info.passive_elements.values().map(|elements| elements.len()).sum();
    // A table that cannot grow is there twice: compiled code looks into a copy.
    let tables: u64 = info
        .tables
        .values()
        .map(|table| u64::from(table.minimum) * if table.is_fixed_funcref_table() { 48 } else { 12 })
        .sum();
    INSTANCE
        + tables
        + 12 * count(elements)
        + 128 * count(info.passive_elements.len() + info.passive_data.len())
        + 64 * count(info.functions.len())
        + 256 * count(info.num_imported_functions)
        + 32 * count(info.signatures.len())
        + 96 * count(info.globals.len())
        + 256 * count(info.tables.len() + info.memories.len())
        + 288 * count(info.exports.len())
        + 2 * count(names)
}

/// What the smallest instance takes: its store, the states of host and guest.
const INSTANCE: u64 = 16 * 1024;
