//! What a module consists of, read without a heap and without the engine.
//!
//! wasm3's own loader trusts what it reads, so it is not used: these readers check every bound, and the
//! engine gets what they found.

use crate::LoadError;
use aingle_wasm_module::reader::{self, HAS_MAX, Limits, ReadItem, Reader, Section, section, sections};

/// The bytes of a page of memory.
pub(super) const PAGE: u64 = 65_536;

/// The most pages of a memory.
const PAGES: u64 = 65_536;

/// The sections of a module, each where its contents begin.
#[derive(Clone, Copy)]
pub(super) struct Layout<'m> {
    sections: [Option<Reader<'m>>; SECTIONS],
    /// The module's length.
    len: usize,
}

/// How many kinds of sections WebAssembly 1.0 has, the custom ones included.
const SECTIONS: usize = 12;

/// A function type: the value types of its parameters, and of its result.
#[derive(Clone, Copy)]
pub(super) struct FunctionType<'m> {
    pub params: &'m [u8],
    pub result: Option<u8>,
}

/// A global and the bits it begins with.
#[derive(Clone, Copy)]
pub(super) struct Global {
    pub ty: u8,
    pub mutable: bool,
    pub bits: u64,
}

/// The body of a function, its length before it included.
#[derive(Clone, Copy)]
pub(super) struct Body<'m> {
    /// Where it begins in the module.
    pub offset: u32,
    pub code: &'m [u8],
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
        (0..self.len).map(move |_| Ok(reader.u32()?))
    }
}

/// Bytes for the memory, from an offset on.
#[derive(Clone, Copy)]
pub(super) struct Data<'m> {
    pub offset: u32,
    pub bytes: &'m [u8],
}

/// How an item of a section is checked.
type CheckItem = fn(&mut Reader<'_>) -> Result<(), LoadError>;

impl<'m> Layout<'m> {
    /// Finds the sections.
    ///
    /// # Errors
    /// [`LoadError::Invalid`] for a section that is cut off, repeated or out of order, and
    /// [`LoadError::Unsupported`] for one that WebAssembly 1.0 does not have.
    pub fn read(wasm: &'m [u8]) -> Result<Self, LoadError> {
        let (mut found, mut last) = ([None; SECTIONS], 0);
        for section in sections(wasm) {
            let Section { id, offset, mut body, .. } = section?;
            match usize::from(id) {
                0 => drop(body.name()?),
                SECTIONS.. => return Err(LoadError::Unsupported { feature: later_section(id), offset }),
                id if id <= last => return Err(LoadError::Invalid { offset }),
                id => (found[id], last) = (Some(body), id),
            }
        }
        Ok(Self { sections: found, len: wasm.len() })
    }

    /// The module's length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Reads every item of every section.
    ///
    /// # Errors
    /// [`LoadError`] for an item that is damaged or of a later feature, for one of no kind or index that the module has,
    /// and for bytes after the last.
    pub fn check(&self, imports: u32) -> Result<(), LoadError> {
        const ITEMS: [(u8, CheckItem); 10] = [
            (section::TYPE, |reader| function_type(reader).map(drop)),
            (section::IMPORT, import),
            (section::FUNCTION, |reader| Ok(reader.u32().map(drop)?)),
            (section::TABLE, |reader| table(reader).map(drop)),
            (section::MEMORY, |reader| memory(reader).map(drop)),
            (section::GLOBAL, |reader| global(reader).map(drop)),
            (section::EXPORT, |reader| export(reader).map(drop)),
            (section::ELEMENT, |reader| element(reader).map(drop)),
            (section::CODE, |reader| body(reader).map(drop)),
            (section::DATA, |reader| data(reader).map(drop)),
        ];
        for (section, item) in ITEMS {
            let Some(mut reader) = self.body(section) else { continue };
            for _ in 0..reader.u32()? {
                item(&mut reader)?;
            }
            if !reader.bytes().is_empty() {
                return invalid(&reader);
            }
        }
        let counts = [
            imports.saturating_add(self.functions().left()?),
            u32::from(self.table()?.is_some()),
            u32::from(self.memory()?.is_some()),
            self.globals().left()?,
        ];
        for found in self.items(section::EXPORT, export) {
            let Export { kind, index, offset } = found?;
            if counts.get(usize::from(kind)).is_none_or(|&count| index >= count) {
                return Err(LoadError::Invalid { offset });
            }
        }
        Ok(())
    }

    pub fn types(&self) -> Items<'m, FunctionType<'m>> {
        self.items(section::TYPE, function_type)
    }

    /// The types of the functions that are not imported.
    pub fn functions(&self) -> Items<'m, u32> {
        self.items(section::FUNCTION, |reader| Ok(reader.u32()?))
    }

    pub fn bodies(&self) -> Items<'m, Body<'m>> {
        self.items(section::CODE, body)
    }

    pub fn globals(&self) -> Items<'m, Global> {
        self.items(section::GLOBAL, global)
    }

    pub fn elements(&self) -> Items<'m, Element<'m>> {
        self.items(section::ELEMENT, element)
    }

    pub fn data(&self) -> Items<'m, Data<'m>> {
        self.items(section::DATA, data)
    }

    pub fn table(&self) -> Result<Option<Limits>, LoadError> {
        self.only(section::TABLE, table, "reference types")
    }

    pub fn memory(&self) -> Result<Option<Limits>, LoadError> {
        self.only(section::MEMORY, memory, "multiple memories")
    }

    /// The function to be run at the start.
    pub fn start(&self) -> Result<Option<u32>, LoadError> {
        let Some(mut body) = self.body(section::START) else { return Ok(None) };
        let start = body.u32()?;
        if body.bytes().is_empty() { Ok(Some(start)) } else { invalid(&body) }
    }

    /// The only item that a section may have; more are a later feature.
    fn only<T>(
        &self,
        section: u8,
        item: ReadItem<'m, T, LoadError>,
        more: &'static str,
    ) -> Result<Option<T>, LoadError> {
        let mut items = self.items(section, item);
        let (offset, count) = (self.body(section).map_or(0, |body| body.offset()), items.left()?);
        let first = items.next().transpose()?;
        if count > 1 { Err(LoadError::Unsupported { feature: more, offset }) } else { Ok(first) }
    }

    fn items<T>(&self, section: u8, item: ReadItem<'m, T, LoadError>) -> Items<'m, T> {
        Items::new(self.body(section), item)
    }

    fn body(&self, section: u8) -> Option<Reader<'m>> {
        self.sections[usize::from(section)]
    }
}

/// The items of a section, up to the first that is damaged.
pub(super) type Items<'m, T> = reader::Items<'m, T, LoadError>;

/// An export: of which kind, and which one of these.
struct Export {
    kind: u8,
    index: u32,
    offset: u32,
}

const I32_CONST: u8 = 0x41;
const I64_CONST: u8 = 0x42;
const F32_CONST: u8 = 0x43;
const F64_CONST: u8 = 0x44;
const END: u8 = 0x0b;

/// A constant expression: the type of its value, and the bits.
fn constant(reader: &mut Reader<'_>) -> Result<(u8, u64), LoadError> {
    let value = match opcode(reader)? {
        I32_CONST => (0x7f, u64::from(reader.signed(32)? as u32)),
        I64_CONST => (0x7e, reader.signed(64)? as u64),
        F32_CONST => (0x7d, little_endian(reader.take(4)?)),
        F64_CONST => (0x7c, little_endian(reader.take(8)?)),
        _ => return invalid(reader),
    };
    let offset = reader.offset();
    match opcode(reader)? {
        END => Ok(value),
        // A second value, to be computed with.
        I32_CONST | I64_CONST => Err(LoadError::Unsupported { feature: "computed constants", offset }),
        _ => Err(LoadError::Invalid { offset }),
    }
}

/// The opcode of an instruction of a constant expression, unless it computes.
fn opcode(reader: &mut Reader<'_>) -> Result<u8, LoadError> {
    let offset = reader.offset();
    match reader.byte()? {
        0x23 | 0x6a..=0x6c | 0x7c..=0x7e => {
            Err(LoadError::Unsupported { feature: "computed constants", offset })
        }
        0xd0 | 0xd2 => Err(LoadError::Unsupported { feature: "reference types", offset }),
        opcode => Ok(opcode),
    }
}

/// Where a segment begins. It must be active, in the only table or memory there can be.
fn segment_offset(reader: &mut Reader<'_>) -> Result<u32, LoadError> {
    let offset = reader.offset();
    if reader.u32()? != 0 {
        return Err(LoadError::Unsupported { feature: "bulk memory", offset });
    }
    match constant(reader)? {
        (0x7f, at) => Ok(at as u32),
        _ => invalid(reader),
    }
}

fn function_type<'m>(reader: &mut Reader<'m>) -> Result<FunctionType<'m>, LoadError> {
    let offset = reader.offset();
    if reader.byte()? != 0x60 {
        return Err(LoadError::Unsupported { feature: "type other than a function's", offset });
    }
    let params = reader.u32()? as usize;
    let params = reader.take(params)?;
    let result = match reader.u32()? {
        0 => None,
        1 => Some(reader.byte()?),
        _ => return Err(LoadError::Unsupported { feature: "multi-value", offset }),
    };
    match params.iter().chain(&result).find(|ty| !(0x7c..=0x7f).contains(*ty)) {
        None => Ok(FunctionType { params, result }),
        Some(0x7b) => Err(LoadError::Unsupported { feature: "SIMD", offset }),
        Some(_) => Err(LoadError::Unsupported { feature: "reference types", offset }),
    }
}

/// An import, which is a function: others were refused before.
fn import(reader: &mut Reader<'_>) -> Result<(), LoadError> {
    reader.name()?;
    reader.name()?;
    reader.byte()?;
    reader.u32()?;
    Ok(())
}

fn export(reader: &mut Reader<'_>) -> Result<Export, LoadError> {
    let offset = reader.offset();
    reader.name()?;
    Ok(Export { kind: reader.byte()?, index: reader.u32()?, offset })
}

fn table(reader: &mut Reader<'_>) -> Result<Limits, LoadError> {
    let offset = reader.offset();
    if reader.byte()? != 0x70 {
        return Err(LoadError::Unsupported { feature: "reference types", offset });
    }
    limits(reader, u32::MAX.into())
}

fn memory(reader: &mut Reader<'_>) -> Result<Limits, LoadError> {
    limits(reader, PAGES)
}

fn limits(reader: &mut Reader<'_>, most: u64) -> Result<Limits, LoadError> {
    let offset = reader.offset();
    let flags = { *reader }.byte()?;
    if flags > HAS_MAX {
        let feature = match flags {
            _ if flags & 8 != 0 => "custom page sizes",
            _ if flags & 4 != 0 => "64-bit memory",
            _ => "threads",
        };
        return Err(LoadError::Unsupported { feature, offset });
    }
    let limits = reader.limits(32)?;
    let max = limits.max.unwrap_or(most);
    if limits.min <= max && max <= most { Ok(limits) } else { Err(LoadError::Invalid { offset }) }
}

/// The feature that a section of this id belongs to.
fn later_section(id: u8) -> &'static str {
    match id {
        section::DATA_COUNT => "bulk memory",
        section::TAG => "exceptions",
        _ => "later section",
    }
}

fn global(reader: &mut Reader<'_>) -> Result<Global, LoadError> {
    let (ty, mutable) = (reader.byte()?, reader.byte()?);
    let (found, bits) = constant(reader)?;
    if found == ty && mutable <= 1 { Ok(Global { ty, mutable: mutable == 1, bits }) } else { invalid(reader) }
}

fn element<'m>(reader: &mut Reader<'m>) -> Result<Element<'m>, LoadError> {
    let offset = segment_offset(reader)?;
    let len = reader.u32()?;
    let element = Element { offset, len, functions: *reader };
    for _ in 0..len {
        reader.u32()?;
    }
    Ok(element)
}

fn body<'m>(reader: &mut Reader<'m>) -> Result<Body<'m>, LoadError> {
    let (offset, start) = (reader.offset(), reader.bytes());
    let len = reader.u32()? as usize;
    reader.take(len)?;
    Ok(Body { offset, code: &start[..start.len() - reader.bytes().len()] })
}

fn data<'m>(reader: &mut Reader<'m>) -> Result<Data<'m>, LoadError> {
    let offset = segment_offset(reader)?;
    let len = reader.u32()? as usize;
    Ok(Data { offset, bytes: reader.take(len)? })
}

fn invalid<T>(reader: &Reader<'_>) -> Result<T, LoadError> {
    Err(reader.error().into())
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}
