//! The frame of a module: its sections, and the few numbers in them that limits are compared with.
//!
//! The engines validate. What is read here may be damaged; then there is no answer.

/// How a module begins: its magic number and its version.
pub(crate) const HEADER: &[u8] = b"\0asm\x01\0\0\0";

pub(crate) const TABLE: u8 = 4;
pub(crate) const MEMORY: u8 = 5;
pub(crate) const ELEMENT: u8 = 9;
pub(crate) const DATA: u8 = 11;

/// The flag of limits with a maximum.
pub(crate) const HAS_MAX: u8 = 1;
/// The flag of a memory that gives its page size.
pub(crate) const HAS_PAGE_SIZE: u8 = 8;
/// The base-2 logarithm of the ordinary page size.
const PAGE_LOG2: u32 = 16;

/// One section of a module.
#[derive(Clone, Copy)]
pub(crate) struct Section<'m> {
    pub(crate) id: u8,
    /// Where it begins, its id included.
    #[cfg_attr(not(feature = "spacewasm-core"), expect(dead_code))]
    pub(crate) at: usize,
    pub(crate) body: Reader<'m>,
    #[cfg_attr(not(feature = "spacewasm-core"), expect(dead_code))]
    pub(crate) end: usize,
}

/// The sections of a module that begins with [`HEADER`]. The offset of the first that is cut off is an
/// error, and the end.
pub(crate) fn of(wasm: &[u8]) -> impl Iterator<Item = Result<Section<'_>, u32>> {
    let mut reader = Reader { wasm, at: HEADER.len().min(wasm.len()), end: wasm.len() };
    core::iter::from_fn(move || {
        if reader.len() == 0 {
            return None;
        }
        let section = reader.section().ok_or(reader.at as u32);
        if section.is_err() {
            reader.at = reader.end;
        }
        Some(section)
    })
}

/// Reads a part of the module.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'m> {
    wasm: &'m [u8],
    /// The offset of what is read next.
    pub(crate) at: usize,
    end: usize,
}

impl<'m> Reader<'m> {
    pub(crate) fn len(&self) -> usize {
        self.end - self.at
    }

    fn take(&mut self, len: usize) -> Option<&'m [u8]> {
        let taken = self.wasm[self.at..self.end].get(..len)?;
        self.at += len;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    /// A LEB128 number of at most 32 bits, without its sign.
    pub(crate) fn u32(&mut self) -> Option<u32> {
        let mut value = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return (shift < 28 || byte < 0x10).then_some(value);
            }
        }
        None
    }

    /// A signed LEB128 number of at most 32 bits.
    fn i32(&mut self) -> Option<i32> {
        let mut value = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= i32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let sign = if shift < 28 && byte & 0x40 != 0 { -1 << (shift + 7) } else { 0 };
                return Some(value | sign);
            }
        }
        None
    }

    #[cfg_attr(not(feature = "spacewasm-core"), expect(dead_code))]
    pub(crate) fn name(&mut self) -> Option<&'m str> {
        let len = self.u32()? as usize;
        core::str::from_utf8(self.take(len)?).ok()
    }

    /// The next section; on failure the reader stays where it is.
    pub(crate) fn section(&mut self) -> Option<Section<'m>> {
        let at = self.at;
        let mut reader = *self;
        let id = reader.byte()?;
        let len = reader.u32()? as usize;
        let body = reader;
        reader.take(len)?;
        self.at = reader.at;
        Some(Section { id, at, body: Self { end: reader.at, ..body }, end: reader.at })
    }

    /// The least pages and the page size of a section that has one ordinary memory and nothing else.
    pub(crate) fn only_memory(&mut self) -> Option<(u32, u32)> {
        let (count, flags) = (self.u32()?, self.byte()?);
        let min = self.u32()?;
        let max = if flags & HAS_MAX != 0 { self.u32()? } else { u32::MAX };
        let page_log2 = if flags & HAS_PAGE_SIZE != 0 { self.u32()? } else { PAGE_LOG2 };
        let page_fits = page_log2 == 0 || (page_log2 == PAGE_LOG2 && min <= 1 << PAGE_LOG2);
        let max_fits = flags & HAS_MAX == 0 || page_log2 == 0 || max <= 1 << PAGE_LOG2;
        let plain = count == 1 && flags & !(HAS_MAX | HAS_PAGE_SIZE) == 0;
        (plain && page_fits && max_fits && min <= max && self.len() == 0).then_some((min, page_log2))
    }

    /// The least size of the one table of a section; 0 when there is none.
    pub(crate) fn table_size(&mut self) -> Option<u32> {
        match self.u32()? {
            0 => Some(0),
            1 => {
                let (_type, _flags) = (self.byte()?, self.byte()?);
                self.u32()
            }
            _ => None,
        }
    }

    /// Skips a segment of WebAssembly 1.0, and says where it would end, if its offset is a constant.
    pub(crate) fn segment(&mut self, data: bool) -> Option<Option<u64>> {
        if self.u32()? != 0 {
            return None;
        }
        let at = match self.byte()? {
            0x41 => Some(self.i32()? as u32),
            0x23 => self.u32().map(|_| None)?,
            _ => return None,
        };
        self.byte()?;
        let len = self.u32()?;
        if data {
            self.take(len as usize)?;
        } else {
            for _ in 0..len {
                self.u32()?;
            }
        }
        Some(at.map(|at| u64::from(at) + u64::from(len)))
    }
}
