//! What memory and table may have: checked before anything is allocated, and given to wasmi for
//! whatever grows later.

use crate::LoadError;
use crate::sections::{TABLE_ELEMENTS, only_memory, segment, table_size};
use ::wasmi::{StoreLimits, StoreLimitsBuilder};
use aingle_wasm_module::reader::{ReadError, Section, section, sections};

/// The limits of one instance.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// In bytes.
    pub(super) memory: u32,
    /// In elements.
    pub(super) table: u32,
    /// Whether segments of later versions are refused: wasmi's validator lets passive ones pass.
    pub(super) portable_only: bool,
}

impl Limits {
    /// What wasmi enforces. One memory and one table, so that a limit of each is a limit of all.
    pub(super) fn store_limits(self) -> StoreLimits {
        let limits = StoreLimitsBuilder::new().instances(1).memories(1).tables(1);
        limits.table_elements(self.table as usize).memory_size(self.memory as usize).build()
    }

    /// Checks a validated module's memory, table and active segments. What is not WebAssembly 1.0 is
    /// left to wasmi.
    pub(super) fn check(self, wasm: &[u8]) -> Result<(), LoadError> {
        let (mut memory, mut table) = (None, None);
        for found in sections(wasm).flatten() {
            match found.id {
                section::TABLE => table = self.check_table(table_size(found.body))?,
                section::MEMORY => memory = self.check_memory(only_memory(found.body))?,
                section::ELEMENT => self.check_segments(found, table)?,
                section::DATA => self.check_segments(found, memory)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn check_memory(self, memory: Option<(u32, u32)>) -> Result<Option<u64>, LoadError> {
        let needed = memory.map(|(pages, page_log2)| u64::from(pages) << page_log2);
        let limit = u64::from(self.memory);
        match needed {
            Some(needed) if needed > limit => Err(LoadError::MemoryLimit { limit, needed }),
            _ => Ok(needed),
        }
    }

    /// Finds the first segment with a constant offset that ends beyond what there is.
    fn check_segments(self, segments: Section<'_>, available: Option<u64>) -> Result<(), LoadError> {
        let mut body = segments.body;
        for index in 0..body.u32().unwrap_or(0) {
            match segment(&mut body, segments.id == section::DATA) {
                Ok(Some(end)) if available.is_some_and(|available| end > available) => {
                    return Err(LoadError::Segment { index });
                }
                Ok(_) => {}
                Err(ReadError { offset }) if self.portable_only => {
                    return Err(LoadError::Unsupported { feature: "bulk memory", offset });
                }
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    fn check_table(self, size: Option<u32>) -> Result<Option<u64>, LoadError> {
        match size {
            Some(size) => {
                LoadError::check_count(TABLE_ELEMENTS, self.table, size).map(|()| Some(u64::from(size)))
            }
            None => Ok(None),
        }
    }
}
