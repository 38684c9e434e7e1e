//! Growth of a memory that was refused.

use aingle_wasm_host_core::RefusedGrowth;
use aingle_wasm_module::reader::{section, sections};

/// Bytes of an ordinary page.
pub(crate) const PAGE: u64 = 1 << 16;

/// Returns the growth to this size, in bytes, that was refused. The limit is that of the configuration, or that of the
/// module, if it is less.
pub(crate) fn refused(wasm: &[u8], memory_limit: u32, asked: u64) -> RefusedGrowth {
    let mut memories = sections(wasm).flatten().filter(|section| section.id == section::MEMORY);
    let maximum = memories.next().and_then(|mut section| {
        section.body.u32().ok()?;
        let limits = section.body.limits(32).ok()?;
        Some(limits.max? << limits.page_log2.unwrap_or(PAGE.ilog2()))
    });
    let limit = u64::from(memory_limit).min(maximum.unwrap_or(u64::MAX));
    // Less than a page is there as it is; else there are whole pages.
    let limit = if limit < PAGE { limit } else { limit / PAGE * PAGE };
    RefusedGrowth { limit, asked }
}
