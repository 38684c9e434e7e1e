//! What a module has, compared with what it may have.

use super::layout::{Layout, PAGE};
use crate::LoadError;

/// Module that was compared with its limits: how much of everything it gets.
pub(super) struct CheckedModule {
    /// Pages that the guest believes to have, now and at most.
    pub pages: u32,
    pub max_pages: u32,
    /// The most bytes of memory.
    pub memory_limit: u32,
    /// Elements of the table.
    pub elements: u32,
}

impl CheckedModule {
    /// Checks memory, table and segments.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn check(layout: &Layout<'_>, memory_limit: u32, table_limit: u32) -> Result<Self, LoadError> {
        let (pages, max_pages) = memory(layout, memory_limit)?;
        Ok(Self { pages, max_pages, memory_limit, elements: table(layout, table_limit)? })
    }

    /// The memory that is really there, in bytes, if it is less than the pages say.
    pub fn memory_end(&self) -> Option<u32> {
        (u64::from(self.memory_limit) < u64::from(self.pages) * PAGE).then_some(self.memory_limit)
    }
}

/// The pages at the beginning and at most, under a limit that may be less than a page.
///
/// A memory that is cut short cannot grow. One that is not cut grows by whole pages, as far as the limit
/// has room for them.
fn memory(layout: &Layout<'_>, limit: u32) -> Result<(u32, u32), LoadError> {
    let limits = layout.memory()?;
    let pages = limits.map_or(0, |limits| limits.min);
    let declared = pages * PAGE;
    // So many pages overflow wasm3's sums.
    if declared > u64::from(u32::MAX) {
        return Err(LoadError::MemoryLimit { limit: u64::from(limit), needed: declared });
    }
    for (index, data) in (0..).zip(layout.data()) {
        let data = data?;
        let needed = u64::from(data.offset) + data.bytes.len() as u64;
        if needed > declared || limits.is_none() {
            return Err(LoadError::Segment { index });
        }
        if needed > u64::from(limit) {
            return Err(LoadError::MemoryLimit { limit: u64::from(limit), needed });
        }
    }
    let allowed = limits.map_or(0, |limits| limits.max.unwrap_or(u64::MAX)).min(u64::from(limit) / PAGE);
    Ok((pages as u32, allowed.max(pages) as u32))
}

/// The elements that the table must have: as many as segments reach, beyond which all are empty.
fn table(layout: &Layout<'_>, limit: u32) -> Result<u32, LoadError> {
    let table = layout.table()?;
    let declared = table.map_or(0, |limits| limits.min);
    let mut len = 0;
    for (index, element) in (0..).zip(layout.elements()) {
        let element = element?;
        let end = u64::from(element.offset) + u64::from(element.len);
        if end > declared || table.is_none() {
            return Err(LoadError::Segment { index });
        }
        len = len.max(end as u32);
    }
    LoadError::check_count("elements of its table", limit, len)?;
    Ok(len)
}
