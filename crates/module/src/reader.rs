//! How a module is encoded: numbers, names, sections, limits.
//!
//! Any bytes return a value, or an error with its offset. Nothing is copied.

/// How a core module begins: its magic number and its version.
pub const HEADER: &[u8] = b"\0asm\x01\0\0\0";

/// The flag of [`Limits`] with a maximum.
pub const HAS_MAX: u8 = 1;
/// The flag of a memory's [`Limits`] that give its page size.
pub const HAS_PAGE_SIZE: u8 = 8;

/// The ids of sections.
pub mod section {
    /// A custom section.
    pub const CUSTOM: u8 = 0;
    /// The type section.
    pub const TYPE: u8 = 1;
    /// The import section.
    pub const IMPORT: u8 = 2;
    /// The function section.
    pub const FUNCTION: u8 = 3;
    /// The table section.
    pub const TABLE: u8 = 4;
    /// The memory section.
    pub const MEMORY: u8 = 5;
    /// The global section.
    pub const GLOBAL: u8 = 6;
    /// The export section.
    pub const EXPORT: u8 = 7;
    /// The start section.
    pub const START: u8 = 8;
    /// The element section.
    pub const ELEMENT: u8 = 9;
    /// The code section.
    pub const CODE: u8 = 10;
    /// The data section.
    pub const DATA: u8 = 11;
    /// The data count section.
    pub const DATA_COUNT: u8 = 12;
    /// The tag section.
    pub const TAG: u8 = 13;
}

/// Bytes that are cut off or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ReadError {
    /// Where, in bytes from the beginning of the module.
    pub offset: u32,
}

/// One section of a module.
#[derive(Debug, Clone, Copy)]
pub struct Section<'m> {
    /// What kind of section it is: see [`section`].
    pub id: u8,
    /// Where it begins, in bytes from the beginning of the module.
    pub offset: u32,
    /// All of it, its id and its length included.
    pub bytes: &'m [u8],
    /// What it contains.
    pub body: Reader<'m>,
}

impl Section<'_> {
    /// Where it ends, in bytes from the beginning of the module.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.offset.wrapping_add(self.bytes.len() as u32)
    }
}

/// The limits of a table or a memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// [`HAS_MAX`], [`HAS_PAGE_SIZE`], and what later proposals add.
    pub flags: u8,
    /// The size at the beginning, in elements or pages.
    pub min: u64,
    /// The size at most.
    pub max: Option<u64>,
    /// The base-2 logarithm of the page size, where it is given.
    pub page_log2: Option<u32>,
}

/// The sections of a module that begins with [`HEADER`], up to the first that is cut off.
pub fn sections(wasm: &[u8]) -> impl Iterator<Item = Result<Section<'_>, ReadError>> {
    let mut reader = Reader { bytes: wasm, offset: 0 };
    reader = reader.take(HEADER.len()).map_or(Reader::default(), |_| reader);
    core::iter::from_fn(move || {
        if reader.bytes.is_empty() {
            return None;
        }
        let section = reader.section();
        if section.is_err() {
            reader = Reader::default();
        }
        Some(section)
    })
}

/// Bytes of a module to be read from the front.
///
/// What is cut off or damaged is a [`ReadError`]: where the bytes that are not there were to begin, or where the
/// number or the name begins that is none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reader<'m> {
    bytes: &'m [u8],
    offset: u32,
}

impl<'m> Reader<'m> {
    /// These bytes, with offsets from their own beginning.
    #[must_use]
    pub fn new(bytes: &'m [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// What is left.
    #[must_use]
    pub fn bytes(&self) -> &'m [u8] {
        self.bytes
    }

    /// Where that begins, in bytes from the beginning of the module.
    #[must_use]
    pub fn offset(&self) -> u32 {
        self.offset
    }

    /// That what comes next is damaged.
    #[must_use]
    pub fn error(&self) -> ReadError {
        ReadError { offset: self.offset }
    }

    /// The next bytes.
    pub fn take(&mut self, len: usize) -> Result<&'m [u8], ReadError> {
        let (taken, rest) = self.bytes.split_at_checked(len).ok_or(self.error())?;
        self.bytes = rest;
        self.offset = self.offset.wrapping_add(len as u32);
        Ok(taken)
    }

    /// The next bytes, to be read by themselves.
    pub fn part(&mut self, len: usize) -> Result<Self, ReadError> {
        Ok(Self { offset: self.offset, bytes: self.take(len)? })
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8, ReadError> {
        Ok(self.take(1)?[0])
    }

    /// An unsigned number of at most 32 bits.
    pub fn u32(&mut self) -> Result<u32, ReadError> {
        Ok(self.leb(32, false)? as u32)
    }

    /// A signed number of at most `bits` bits, which are no more than 64.
    pub fn signed(&mut self, bits: u32) -> Result<i64, ReadError> {
        Ok(self.leb(bits, true)? as i64)
    }

    /// A LEB128 number of at most `bits` bits, its sign extended to 64.
    fn leb(&mut self, bits: u32, signed: bool) -> Result<u64, ReadError> {
        let error = self.error();
        let (mut value, mut len) = (0, 0);
        loop {
            let byte = self.byte()?;
            if len >= bits {
                return Err(error);
            }
            value |= u64::from(byte & 0x7f) << len;
            len += 7;
            if byte < 0x80 {
                // Of the last byte's bits those that the number has; the others are 0, or all like the sign.
                let used = 7 - len.saturating_sub(bits);
                let unused = 64_u32.saturating_sub(len);
                return match (signed, byte >> used, (byte << 1) as i8 >> used) {
                    (false, 0, _) => Ok(value),
                    (true, _, 0 | -1) => Ok(((value << unused) as i64 >> unused) as u64),
                    _ => Err(error),
                };
            }
        }
    }

    /// A text and its length before it.
    pub fn name(&mut self) -> Result<&'m str, ReadError> {
        let error = self.error();
        let len = self.u32()? as usize;
        core::str::from_utf8(self.take(len)?).map_err(|_| error)
    }

    /// The limits of a table or a memory. Sizes are of at most 32 bits, and of 64 since there are such memories; then
    /// those of all others may be written so, too.
    pub fn limits(&mut self, bits: u32) -> Result<Limits, ReadError> {
        let flags = self.byte()?;
        let min = self.leb(bits, false)?;
        let max = if flags & HAS_MAX != 0 { Some(self.leb(bits, false)?) } else { None };
        let page_log2 = if flags & HAS_PAGE_SIZE != 0 { Some(self.u32()?) } else { None };
        Ok(Limits { flags, min, max, page_log2 })
    }

    fn section(&mut self) -> Result<Section<'m>, ReadError> {
        let mut all = *self;
        let id = self.byte()?;
        let len = self.u32()? as usize;
        let body = self.part(len)?;
        Ok(Section { id, offset: all.offset, bytes: all.take(all.bytes.len() - self.bytes.len())?, body })
    }
}

/// How an item of a section is read.
pub type ReadItem<'m, T, E = ReadError> = fn(&mut Reader<'m>) -> Result<T, E>;

/// The items of a section that begins with their number, up to the first that is damaged.
pub struct Items<'m, T, E = ReadError> {
    reader: Reader<'m>,
    left: Result<u32, ReadError>,
    item: ReadItem<'m, T, E>,
}

impl<'m, T, E> Items<'m, T, E> {
    /// The items of this section; none where there is no section.
    pub fn new(section: Option<Reader<'m>>, item: ReadItem<'m, T, E>) -> Self {
        let (reader, left) = count(section);
        Self { reader, left, item }
    }

    /// How many are left, if their number is not damaged: no more follow.
    pub fn left(&self) -> Result<u32, ReadError> {
        self.left
    }
}

/// How many items a section has, and where the first begins. Compiled once for items of all types.
#[inline(never)]
fn count(section: Option<Reader<'_>>) -> (Reader<'_>, Result<u32, ReadError>) {
    let mut reader = section.unwrap_or_default();
    let left = section.map_or(Ok(0), |_| reader.u32());
    (reader, left)
}

impl<T, E: From<ReadError>> Iterator for Items<'_, T, E> {
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Self::Item> {
        match core::mem::replace(&mut self.left, Ok(0)) {
            Ok(0) => None,
            Ok(left) => Some((self.item)(&mut self.reader).inspect(|_| self.left = Ok(left - 1))),
            Err(error) => Some(Err(error.into())),
        }
    }
}
