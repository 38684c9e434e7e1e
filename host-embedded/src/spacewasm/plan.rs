//! What the engine is given to read: the module without its custom sections, and with a smaller memory
//! where the limit demands it.
//!
//! Only the frame of the sections is read here, and the few numbers that a limit needs. Whatever looks
//! odd is left as it is, for the engine to refuse.

use super::SpacewasmConfig;
use crate::LoadError;
use crate::sections::{self, HAS_MAX, HAS_PAGE_SIZE, HEADER, Reader, Section};
use alloc::borrow::Cow;
use alloc::vec::Vec;

const CUSTOM: u8 = 0;
const CODE: u8 = 10;
const DATA_COUNT: u8 = 12;
const TAG: u8 = 13;

pub(super) struct Plan<'m> {
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
    at: usize,
}

/// A segment that does not fit.
pub(super) struct Segment {
    pub(super) index: u32,
    /// Whether it is one of data.
    pub(super) data: bool,
    /// Where it would end, where its offset is a constant.
    pub(super) needed: Option<u64>,
}

impl<'m> Plan<'m> {
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
        for section in sections::of(wasm) {
            plan.section(section.map_err(|offset| LoadError::Invalid { offset })?, config)?;
        }
        Ok(plan)
    }

    fn section(&mut self, section: Section<'m>, config: &SpacewasmConfig) -> Result<(), LoadError> {
        let offset = section.at as u32;
        let unsupported = |feature| Err(LoadError::Unsupported { feature, offset });
        match section.id {
            CUSTOM => return { section.body }.name().map(|_| ()).ok_or(LoadError::Invalid { offset }),
            sections::TABLE => check_table(section.body, config.table_limit)?,
            sections::MEMORY => return self.memory(section),
            sections::ELEMENT => self.elements = Some(section),
            CODE => self.code_len = section.body.len(),
            sections::DATA => self.data = Some(section),
            DATA_COUNT => return unsupported("bulk memory"),
            TAG => return unsupported("exception handling"),
            _ => {}
        }
        self.keep(section);
        Ok(())
    }

    fn keep(&mut self, section: Section<'m>) {
        let bytes = Cow::Borrowed(&self.wasm[section.at..section.end]);
        self.pieces.push(Piece { bytes, at: section.at });
    }

    /// Notes what memory the module declares, and makes it smaller where it is beyond the limit.
    fn memory(&mut self, section: Section<'m>) -> Result<(), LoadError> {
        let Some((pages, page_log2)) = { section.body }.only_memory() else {
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
        self.pieces.push(Piece { bytes: Cow::Owned(memory_of_bytes(limit)), at: section.at });
        Ok(())
    }

    /// Where in the module the engine stood when it had read this many bytes.
    pub(super) fn offset_in_module(&self, read: u32) -> u32 {
        let mut left = read as usize;
        for piece in &self.pieces {
            match &piece.bytes {
                Cow::Owned(bytes) if left <= bytes.len() => return piece.at as u32,
                Cow::Borrowed(bytes) if left <= bytes.len() => return (piece.at + left) as u32,
                bytes => left -= bytes.len(),
            }
        }
        self.wasm.len() as u32
    }

    /// The segment in which the engine stopped reading at this offset in the module.
    pub(super) fn segment_at(&self, offset: u32) -> Option<Segment> {
        let holds = |section: &&Section<'_>| (section.at..=section.end).contains(&(offset as usize));
        let section = [self.data, self.elements].iter().flatten().find(holds).copied()?;
        let mut body = section.body;
        let data = section.id == sections::DATA;
        for index in 0..body.u32()? {
            let needed = body.segment(data)?;
            if body.at >= offset as usize {
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
    section.extend_from_slice(&[sections::MEMORY, body.len() as u8]);
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

fn check_table(mut body: Reader<'_>, limit: u32) -> Result<(), LoadError> {
    match body.table_size() {
        Some(size) if size > limit => {
            Err(LoadError::Engine { reason: "the table has more elements than its limit" })
        }
        // A damaged section is for the engine to refuse.
        _ => Ok(()),
    }
}
