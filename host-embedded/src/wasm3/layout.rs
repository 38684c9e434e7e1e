//! What a module consists of, read without a heap and without the engine.
//!
//! wasm3's own loader trusts what it reads, so it is not used: these readers check every bound, and the
//! engine gets what they found.

use super::instructions::Instructions;
use crate::LoadError;
use crate::counts::LOCAL_VARIABLES;
use aingle_wasm_module::reader::{self, HAS_MAX, Limits, ReadItem, Reader, Section, section, sections};

/// The sections of a module, each where its contents begin.
#[derive(Clone, Copy)]
pub(super) struct Layout<'m> {
    sections: [Option<Reader<'m>>; SECTIONS],
}

/// How many kinds of sections WebAssembly 1.0 has, the custom ones included.
const SECTIONS: usize = 12;

/// A function type: the value types of its parameters, and of its result.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
        (0..self.len).map(move |_| Ok(reader.u32()?))
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
        let (mut found, mut last) = ([None; SECTIONS], 0);
        for section in sections(wasm) {
            let Section { id, offset, body, .. } = section?;
            match usize::from(id) {
                0 => continue,
                SECTIONS.. => return Err(LoadError::Unsupported { feature: "later section", offset }),
                id if id <= last => return Err(LoadError::Invalid { offset }),
                id => (found[id], last) = (Some(body), id),
            }
        }
        Ok(Self { sections: found })
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
        self.items(section::TABLE, table).next().transpose()
    }

    pub fn memory(&self) -> Result<Option<Limits>, LoadError> {
        self.items(section::MEMORY, limits).next().transpose()
    }

    /// The function to be run at the start.
    pub fn start(&self) -> Result<Option<u32>, LoadError> {
        Ok(self.body(section::START).map(|mut body| body.u32()).transpose()?)
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

const I32_CONST: u8 = 0x41;
const I64_CONST: u8 = 0x42;
const F32_CONST: u8 = 0x43;
const F64_CONST: u8 = 0x44;
const END: u8 = 0x0b;

/// A constant expression: the type of its value, and the bits.
fn constant(reader: &mut Reader<'_>) -> Result<(u8, u64), LoadError> {
    let offset = reader.offset();
    let value = match reader.byte()? {
        I32_CONST => (0x7f, u64::from(reader.signed(32)? as u32)),
        I64_CONST => (0x7e, reader.signed(64)? as u64),
        F32_CONST => (0x7d, little_endian(reader.take(4)?)),
        F64_CONST => (0x7c, little_endian(reader.take(8)?)),
        _ => return Err(LoadError::Unsupported { feature: "computed constant", offset }),
    };
    if reader.byte()? == END { Ok(value) } else { invalid(reader) }
}

/// Where a segment begins. It must be active, in the only table or memory there can be.
fn segment_offset(reader: &mut Reader<'_>) -> Result<u32, LoadError> {
    let offset = reader.offset();
    if reader.u32()? != 0 {
        return Err(LoadError::Unsupported { feature: "passive segment", offset });
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
    let types = params.iter().chain(&result);
    if types.into_iter().any(|ty| !(0x7c..=0x7f).contains(ty)) {
        return Err(LoadError::Unsupported { feature: "value type", offset });
    }
    Ok(FunctionType { params, result })
}

fn table(reader: &mut Reader<'_>) -> Result<Limits, LoadError> {
    let offset = reader.offset();
    if reader.byte()? != 0x70 {
        return Err(LoadError::Unsupported { feature: "reference types", offset });
    }
    limits(reader)
}

fn limits(reader: &mut Reader<'_>) -> Result<Limits, LoadError> {
    let offset = reader.offset();
    if { *reader }.byte()? > HAS_MAX {
        return Err(LoadError::Unsupported { feature: "later kind of limits", offset });
    }
    Ok(reader.limits(32)?)
}

fn global(reader: &mut Reader<'_>) -> Result<Global, LoadError> {
    let (ty, mutable) = (reader.byte()?, reader.byte()? != 0);
    let (found, bits) = constant(reader)?;
    if found == ty { Ok(Global { ty, mutable, bits }) } else { invalid(reader) }
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
    let len = reader.u32()? as usize;
    let mut reader = reader.part(len)?;
    let code = reader.bytes();
    let mut locals = 0_u16;
    for _ in 0..reader.u32()? {
        let more = reader.u32()?;
        reader.byte()?;
        let sum = u16::try_from(more).ok().and_then(|more| locals.checked_add(more));
        locals = sum.ok_or(LoadError::EngineLimit {
            what: LOCAL_VARIABLES,
            limit: u16::MAX.into(),
            found: more.saturating_add(locals.into()),
        })?;
    }
    Ok(Body { code, locals, instructions: Instructions::new(reader) })
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
