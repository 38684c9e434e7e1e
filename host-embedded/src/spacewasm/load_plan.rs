//! What the engine is given to read: the module without its custom sections, and with a smaller memory
//! where the limit requires it.
//!
//! Only the frame of the sections is read here, and the few numbers that a limit needs. Whatever looks
//! odd is left as it is, for the engine to refuse.

use super::config::SpacewasmConfig;
use super::limits::check_table;
use crate::sections::{only_memory, segment};
use aingle_wasm_host_core::LoadError;
use aingle_wasm_module::reader::{HAS_MAX, HAS_PAGE_SIZE, HEADER, Section, section, sections};
use alloc::borrow::Cow;
use alloc::vec::Vec;

pub(super) struct LoadPlan<'m> {
    pub(super) wasm: &'m [u8],
    /// What the engine reads, in order.
    pub(super) pieces: Vec<Piece<'m>>,
    /// The length of the code section, in bytes.
    pub(super) code_len: usize,
    pub(super) memory_limit: u32,
    /// The memory that the module declares, in bytes.
    pub(super) memory_declared: u64,
    /// Of a memory that was shrunk: the pages that it declares.
    pub(super) claimed_pages: Option<u32>,
    /// Of a memory that was shrunk: its size in bytes.
    pub(super) memory_end: Option<u32>,
    elements: Option<Section<'m>>,
    data: Option<Section<'m>>,
}

/// Some bytes, and where the module has them, or what they stand for.
pub(super) struct Piece<'m> {
    pub(super) bytes: Cow<'m, [u8]>,
    at: u32,
}

/// A segment that does not fit.
pub(super) struct Segment {
    pub(super) index: u32,
    /// Whether it is one of data.
    pub(super) data: bool,
    /// Where it would end, where its offset is a constant.
    pub(super) needed: Option<u64>,
}

impl<'m> LoadPlan<'m> {
    pub(super) fn new(wasm: &'m [u8], config: &SpacewasmConfig) -> Result<Self, LoadError> {
        let mut plan = Self {
            wasm,
            pieces: Vec::new(),
            code_len: 0,
            memory_limit: config.memory_limit,
            memory_declared: 0,
            claimed_pages: None,
            memory_end: None,
            elements: None,
            data: None,
        };
        plan.pieces.push(Piece { bytes: Cow::Borrowed(&wasm[..HEADER.len()]), at: 0 });
        let mut end = HEADER.len() as u32;
        for section in sections(wasm) {
            // One that is cut off is said to be so where it begins.
            let section = section.map_err(|_| LoadError::Invalid { offset: end })?;
            end = section.end();
            plan.section(section, config)?;
        }
        Ok(plan)
    }

    fn section(&mut self, section: Section<'m>, config: &SpacewasmConfig) -> Result<(), LoadError> {
        let offset = section.offset;
        let unsupported = |feature| Err(LoadError::Unsupported { feature, offset });
        match section.id {
            section::CUSTOM => {
                return { section.body }.name().map(drop).map_err(|_| LoadError::Invalid { offset });
            }
            section::TABLE => check_table(section.body, config.table_limit)?,
            section::MEMORY => return self.memory(section),
            section::ELEMENT => self.elements = Some(section),
            section::CODE => self.code_len = section.body.bytes().len(),
            section::DATA => self.data = Some(section),
            section::DATA_COUNT => return unsupported("bulk memory"),
            section::TAG => return unsupported("exception handling"),
            _ => {}
        }
        self.keep(section);
        Ok(())
    }

    fn keep(&mut self, section: Section<'m>) {
        self.pieces.push(Piece { bytes: Cow::Borrowed(section.bytes), at: section.offset });
    }

    /// Notes what memory the module declares, and makes it smaller where it is beyond the limit.
    fn memory(&mut self, section: Section<'m>) -> Result<(), LoadError> {
        let Some((pages, page_log2)) = only_memory(section.body) else {
            self.keep(section);
            return Ok(());
        };
        self.memory_declared = u64::from(pages) << page_log2;
        let limit = Some(self.memory_limit).filter(|&limit| u64::from(limit) < self.memory_declared);
        let Some(limit) = limit else {
            self.keep(section);
            return Ok(());
        };
        self.claimed_pages = Some(pages);
        self.memory_end = Some(limit);
        self.pieces.push(Piece { bytes: Cow::Owned(memory_of_bytes(limit)), at: section.offset });
        Ok(())
    }

    /// Where in the module the engine stood when it had read this many bytes.
    pub(super) fn offset_in_module(&self, read: u32) -> u32 {
        let mut left = read as usize;
        for piece in &self.pieces {
            match &piece.bytes {
                Cow::Owned(bytes) if left <= bytes.len() => return piece.at,
                Cow::Borrowed(bytes) if left <= bytes.len() => return piece.at.wrapping_add(left as u32),
                bytes => left -= bytes.len(),
            }
        }
        self.wasm.len() as u32
    }

    /// The segment in which the engine stopped reading at this offset in the module.
    pub(super) fn segment_at(&self, offset: u32) -> Option<Segment> {
        let holds = |section: &&Section<'_>| (section.offset..=section.end()).contains(&offset);
        let section = [self.data, self.elements].iter().flatten().find(holds).copied()?;
        let mut body = section.body;
        let data = section.id == section::DATA;
        for index in 0..body.u32().ok()? {
            let needed = segment(&mut body, data).ok()?;
            if body.offset() >= offset {
                return Some(Segment { index, data, needed });
            }
        }
        None
    }
}

/// A memory section with one memory of so many bytes, which cannot grow.
fn memory_of_bytes(limit: u32) -> Vec<u8> {
    let mut body = Vec::with_capacity(16);
    body.extend_from_slice(&[1, HAS_MAX | HAS_PAGE_SIZE]);
    write_u32(&mut body, limit);
    write_u32(&mut body, limit);
    // The base-2 logarithm of the page size.
    body.push(0);
    let mut section = Vec::with_capacity(2 + body.len());
    section.extend_from_slice(&[section::MEMORY, body.len() as u8]);
    section.extend_from_slice(&body);
    section
}

fn write_u32(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}
