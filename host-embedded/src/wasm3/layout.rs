//! What a module consists of, read without a heap and without the engine.
//!
//! wasm3's own loader trusts what it reads, so it is not used: these readers check every bound, and the
//! engine gets what they found.

use super::instructions::Instructions;
use crate::LoadError;

/// The sections of a module, each where its contents begin.
#[derive(Clone, Copy)]
pub(super) struct Layout<'m> {
    sections: [Reader<'m>; SECTIONS],
}

/// How many kinds of sections WebAssembly 1.0 has, the custom ones included.
const SECTIONS: usize = 12;

const TYPE: usize = 1;
const FUNCTION: usize = 3;
const TABLE: usize = 4;
const MEMORY: usize = 5;
const GLOBAL: usize = 6;
const START: usize = 8;
const ELEMENT: usize = 9;
const CODE: usize = 10;
const DATA: usize = 11;

/// A function type: the value types of its parameters, and of its result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct FunctionType<'m> {
    pub params: &'m [u8],
    pub result: Option<u8>,
}

/// The limits of a table or a memory.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub min: u32,
    pub max: Option<u32>,
}

/// A global and the bits it begins with.
#[derive(Clone, Copy)]
pub(super) struct Global {
    pub ty: u8,
    pub mutable: bool,
    pub bits: u64,
}

/// The body of a function, the declaration of its locals included.
#[derive(Clone, Copy)]
pub(super) struct Body<'m> {
    pub code: &'m [u8],
    pub locals: u16,
    pub instructions: Instructions<'m>,
}

/// Functions for a table, from an offset on.
#[derive(Clone, Copy)]
pub(super) struct Element<'m> {
    pub offset: u32,
    pub len: u32,
    functions: Reader<'m>,
}

impl<'m> Element<'m> {
    pub fn functions(&self) -> impl Iterator<Item = Result<u32, LoadError>> + use<'m> {
        let mut reader = self.functions;
        (0..self.len).map(move |_| reader.u32())
    }
}

/// Bytes for the memory, from an offset on.
#[derive(Clone, Copy)]
pub(super) struct Data<'m> {
    pub offset: u32,
    pub bytes: &'m [u8],
}

impl<'m> Layout<'m> {
    /// Finds the sections.
    ///
    /// # Errors
    /// [`LoadError::Invalid`] for a section that is cut off, repeated or out of order, and
    /// [`LoadError::Unsupported`] for one that WebAssembly 1.0 does not have.
    pub fn read(wasm: &'m [u8]) -> Result<Self, LoadError> {
        let mut reader = Reader { bytes: wasm, offset: 0 };
        reader.take(8)?;
        let (mut sections, mut last) = ([Reader::default(); SECTIONS], 0);
        while !reader.bytes.is_empty() {
            let offset = reader.offset;
            let id = usize::from(reader.byte()?);
            let len = reader.u32()? as usize;
            let contents = Reader { offset: reader.offset, bytes: reader.take(len)? };
            match id {
                0 => continue,
                SECTIONS.. => return Err(LoadError::Unsupported { feature: "later section", offset }),
                _ if id <= last => return Err(LoadError::Invalid { offset }),
                _ => sections[id] = contents,
            }
            last = id;
        }
        Ok(Self { sections })
    }

    pub fn types(&self) -> Items<'m, FunctionType<'m>> {
        self.items(TYPE, Reader::function_type)
    }

    /// The types of the functions that are not imported.
    pub fn functions(&self) -> Items<'m, u32> {
        self.items(FUNCTION, Reader::u32)
    }

    pub fn bodies(&self) -> Items<'m, Body<'m>> {
        self.items(CODE, Reader::body)
    }

    pub fn globals(&self) -> Items<'m, Global> {
        self.items(GLOBAL, Reader::global)
    }

    pub fn elements(&self) -> Items<'m, Element<'m>> {
        self.items(ELEMENT, Reader::element)
    }

    pub fn data(&self) -> Items<'m, Data<'m>> {
        self.items(DATA, Reader::data)
    }

    pub fn table(&self) -> Result<Option<Limits>, LoadError> {
        self.items(TABLE, Reader::table).next().transpose()
    }

    pub fn memory(&self) -> Result<Option<Limits>, LoadError> {
        self.items(MEMORY, Reader::limits).next().transpose()
    }

    /// The function to be run at the start.
    pub fn start(&self) -> Result<Option<u32>, LoadError> {
        let mut reader = self.sections[START];
        if reader.bytes.is_empty() { Ok(None) } else { reader.u32().map(Some) }
    }

    fn items<T>(&self, section: usize, item: ReadItem<'m, T>) -> Items<'m, T> {
        Items { reader: self.sections[section], left: None, item }
    }
}

type ReadItem<'m, T> = fn(&mut Reader<'m>) -> Result<T, LoadError>;

/// The items of a section, up to the first that is damaged.
pub(super) struct Items<'m, T> {
    reader: Reader<'m>,
    /// How many are left; nothing before the number was read.
    left: Option<u32>,
    item: ReadItem<'m, T>,
}

impl<T> Items<'_, T> {
    /// How many there are.
    pub fn total(&self) -> Result<u32, LoadError> {
        let mut reader = self.reader;
        if reader.bytes.is_empty() { Ok(0) } else { reader.u32() }
    }

    fn read(&mut self) -> Result<Option<T>, LoadError> {
        let left = match self.left {
            Some(left) => left,
            None if self.reader.bytes.is_empty() => 0,
            None => self.reader.u32()?,
        };
        self.left = Some(left.saturating_sub(1));
        if left == 0 { Ok(None) } else { (self.item)(&mut self.reader).map(Some) }
    }
}

impl<T> Iterator for Items<'_, T> {
    type Item = Result<T, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.read();
        if item.is_err() {
            self.left = Some(0);
        }
        item.transpose()
    }
}

/// Bytes to be read from the front, and where the first of them is in the module.
#[derive(Clone, Copy, Default)]
pub(super) struct Reader<'m> {
    bytes: &'m [u8],
    offset: u32,
}

const I32_CONST: u8 = 0x41;
const I64_CONST: u8 = 0x42;
const F32_CONST: u8 = 0x43;
const F64_CONST: u8 = 0x44;
const END: u8 = 0x0b;

impl<'m> Reader<'m> {
    pub fn bytes(&self) -> &'m [u8] {
        self.bytes
    }

    pub fn offset(&self) -> u32 {
        self.offset
    }

    fn invalid<T>(&self) -> Result<T, LoadError> {
        Err(LoadError::Invalid { offset: self.offset })
    }

    pub fn take(&mut self, len: usize) -> Result<&'m [u8], LoadError> {
        let Some((taken, rest)) = self.bytes.split_at_checked(len) else { return self.invalid() };
        self.bytes = rest;
        self.offset = self.offset.wrapping_add(len as u32);
        Ok(taken)
    }

    pub fn byte(&mut self) -> Result<u8, LoadError> {
        Ok(self.take(1)?[0])
    }

    /// A LEB128 number of at most `bits` bits, and how many bits were read.
    fn leb(&mut self, bits: u32) -> Result<(u64, u32), LoadError> {
        let (mut value, mut shift) = (0, 0);
        while shift < bits {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return Ok((value, shift));
            }
        }
        self.invalid()
    }

    pub fn u32(&mut self) -> Result<u32, LoadError> {
        let (value, _) = self.leb(32)?;
        u32::try_from(value).or_else(|_| self.invalid())
    }

    pub fn signed(&mut self, bits: u32) -> Result<i64, LoadError> {
        let (value, read) = self.leb(bits)?;
        let unused = 64_u32.saturating_sub(read);
        Ok((value << unused) as i64 >> unused)
    }

    /// A constant expression: the type of its value, and the bits.
    fn constant(&mut self) -> Result<(u8, u64), LoadError> {
        let offset = self.offset;
        let value = match self.byte()? {
            I32_CONST => (0x7f, u64::from(self.signed(32)? as u32)),
            I64_CONST => (0x7e, self.signed(64)? as u64),
            F32_CONST => (0x7d, little_endian(self.take(4)?)),
            F64_CONST => (0x7c, little_endian(self.take(8)?)),
            _ => return Err(LoadError::Unsupported { feature: "computed constant", offset }),
        };
        if self.byte()? == END { Ok(value) } else { self.invalid() }
    }

    /// Where a segment begins. It must be active, in the only table or memory there can be.
    fn segment_offset(&mut self) -> Result<u32, LoadError> {
        let offset = self.offset;
        if self.u32()? != 0 {
            return Err(LoadError::Unsupported { feature: "passive segment", offset });
        }
        match self.constant()? {
            (0x7f, at) => Ok(at as u32),
            _ => self.invalid(),
        }
    }

    fn function_type(&mut self) -> Result<FunctionType<'m>, LoadError> {
        let offset = self.offset;
        if self.byte()? != 0x60 {
            return Err(LoadError::Unsupported { feature: "type other than a function's", offset });
        }
        let params = self.u32()? as usize;
        let params = self.take(params)?;
        let result = match self.u32()? {
            0 => None,
            1 => Some(self.byte()?),
            _ => return Err(LoadError::Unsupported { feature: "multi-value", offset }),
        };
        let types = params.iter().chain(&result);
        if types.into_iter().any(|ty| !(0x7c..=0x7f).contains(ty)) {
            return Err(LoadError::Unsupported { feature: "value type", offset });
        }
        Ok(FunctionType { params, result })
    }

    fn table(&mut self) -> Result<Limits, LoadError> {
        let offset = self.offset;
        if self.byte()? != 0x70 {
            return Err(LoadError::Unsupported { feature: "reference types", offset });
        }
        self.limits()
    }

    fn limits(&mut self) -> Result<Limits, LoadError> {
        let offset = self.offset;
        let bounded = match self.byte()? {
            0 => false,
            1 => true,
            _ => return Err(LoadError::Unsupported { feature: "later kind of limits", offset }),
        };
        let min = self.u32()?;
        let max = if bounded { Some(self.u32()?) } else { None };
        Ok(Limits { min, max })
    }

    fn global(&mut self) -> Result<Global, LoadError> {
        let (ty, mutable) = (self.byte()?, self.byte()? != 0);
        let (found, bits) = self.constant()?;
        if found == ty { Ok(Global { ty, mutable, bits }) } else { self.invalid() }
    }

    fn element(&mut self) -> Result<Element<'m>, LoadError> {
        let offset = self.segment_offset()?;
        let len = self.u32()?;
        let element = Element { offset, len, functions: *self };
        for _ in 0..len {
            self.u32()?;
        }
        Ok(element)
    }

    fn body(&mut self) -> Result<Body<'m>, LoadError> {
        let len = self.u32()? as usize;
        let mut reader = Self { offset: self.offset, bytes: self.take(len)? };
        let code = reader.bytes;
        let mut locals = 0_u16;
        for _ in 0..reader.u32()? {
            let more = reader.u32()?;
            reader.byte()?;
            let sum = u16::try_from(more).ok().and_then(|more| locals.checked_add(more));
            locals = sum.ok_or(LoadError::Engine { reason: "a function has too many locals" })?;
        }
        Ok(Body { code, locals, instructions: Instructions::new(reader) })
    }

    fn data(&mut self) -> Result<Data<'m>, LoadError> {
        let offset = self.segment_offset()?;
        let len = self.u32()? as usize;
        Ok(Data { offset, bytes: self.take(len)? })
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}
