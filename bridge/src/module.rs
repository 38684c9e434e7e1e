//! What a module's bytes say of it, read without an engine and without a heap.
//!
//! Nothing here validates code: the engine does. What is read is checked for its bounds, so that any
//! bytes whatever give an answer or an error.

use crate::{Error, Signature};
use aingle_wasm_types::description::{Kind, Record, RecordError};
use aingle_wasm_types::limits::MAX_NAME;
use aingle_wasm_types::metering::Carried;
use aingle_wasm_types::{ABI_VERSION, Name, names};
use core::fmt;

/// A module's bytes, known to be a sequence of whole sections.
#[derive(Debug, Clone, Copy)]
pub struct Module<'m> {
    wasm: &'m [u8],
}

/// An exported function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Export<'m> {
    /// Its name.
    pub name: &'m str,
    /// Its index among the module's functions, imports included.
    pub function: u32,
}

/// An import of any kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Import<'m> {
    /// The module that it is imported from.
    pub module: &'m str,
    /// Its name.
    pub name: &'m str,
    /// The index of its type, where it is a function.
    pub ty: Option<u32>,
}

impl Import<'_> {
    /// Whether this is a function that the ABI can answer: of module `env`.
    #[must_use]
    pub fn is_host_function(&self) -> bool {
        self.ty.is_some() && self.module == names::IMPORT_MODULE
    }
}

/// Why a module could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModuleError {
    /// The bytes do not begin with `\0asm` and version 1: no core module.
    NotWasm,
    /// A section is cut off or damaged.
    Malformed {
        /// Where, in bytes from the beginning.
        offset: u32,
    },
    /// The description section is damaged.
    Description(RecordError),
}

impl From<RecordError> for ModuleError {
    fn from(error: RecordError) -> Self {
        Self::Description(error)
    }
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotWasm => f.write_str("not a WebAssembly core module: expected `\\0asm`, version 1"),
            Self::Malformed { offset } => write!(f, "malformed module at byte {offset}"),
            Self::Description(error) => {
                write!(f, "malformed section `{}`: {error}", names::DESCRIPTION_SECTION)
            }
        }
    }
}

impl core::error::Error for ModuleError {}

const CUSTOM: u8 = 0;
const TYPE: u8 = 1;
const IMPORT: u8 = 2;
const FUNCTION: u8 = 3;
const EXPORT: u8 = 7;

const KIND_FUNCTION: u8 = 0;
const KIND_GLOBAL: u8 = 3;

impl<'m> Module<'m> {
    /// Reads the module's structure: sections, imports, exports and description.
    ///
    /// # Errors
    /// [`ModuleError`] when any of these is damaged.
    pub fn parse(wasm: &'m [u8]) -> Result<Self, ModuleError> {
        if !wasm.starts_with(b"\0asm\x01\0\0\0") {
            return Err(ModuleError::NotWasm);
        }
        let module = Self { wasm };
        for section in module.sections() {
            let (id, mut reader) = section?;
            match id {
                IMPORT => reader.each(Reader::import)?,
                EXPORT => reader.each(Reader::export)?,
                TYPE => reader.each(Reader::function_type)?,
                FUNCTION => reader.each(Reader::u32)?,
                _ => {}
            }
        }
        for record in module.records() {
            record?;
        }
        Ok(module)
    }

    /// The exported functions.
    pub fn exports(&self) -> impl Iterator<Item = Export<'m>> + use<'m> {
        self.items(EXPORT, Reader::export).flatten()
    }

    /// The imports.
    pub fn imports(&self) -> impl Iterator<Item = Import<'m>> + use<'m> {
        self.items(IMPORT, Reader::import)
    }

    /// What the module says of its exports and imports.
    pub fn records(&self) -> impl Iterator<Item = Result<Record<'m>, RecordError>> + use<'m> {
        self.custom_sections(names::DESCRIPTION_SECTION).flat_map(|mut bytes| {
            core::iter::from_fn(move || {
                if bytes.is_empty() {
                    return None;
                }
                let split = Record::split_first(bytes);
                bytes = split.as_ref().map_or(&[], |(_, rest)| rest);
                Some(split.map(|(record, _)| record))
            })
        })
    }

    /// The record of one function.
    #[must_use]
    pub fn record(&self, kind: Kind, name: &str) -> Option<Record<'m>> {
        self.records().flatten().find(|record| record.kind == kind && record.name == name)
    }

    /// The contents of the custom sections of this name.
    pub fn custom_sections<'n>(self, name: &'n str) -> impl Iterator<Item = &'m [u8]> + use<'m, 'n> {
        self.sections().flatten().filter_map(move |(id, mut reader)| {
            let found = (id == CUSTOM).then(|| reader.name())?.ok()?;
            (found == name).then_some(reader.bytes)
        })
    }

    /// By which rules and prices the module counts, when it carries limits. That it says so proves
    /// nothing; who signed it does.
    #[must_use]
    pub fn limits(&self) -> Option<Carried> {
        self.custom_sections(names::LIMITS_SECTION).next().and_then(Carried::from_bytes)
    }

    /// The index of an exported global, imported ones included.
    #[must_use]
    pub fn global(&self, name: &str) -> Option<u32> {
        let mut exports = self.items(EXPORT, Reader::any_export);
        exports.find(|(found, kind, _)| *found == name && *kind == KIND_GLOBAL).map(|(_, _, index)| index)
    }

    /// The ABI version that the module asks for; nothing when it has only the older exports. Whether
    /// this host speaks it is for [`Guest`](crate::Guest) to say. A number that no `u32` holds is
    /// `u32::MAX`: a version that no host speaks, not the absence of one.
    #[must_use]
    pub fn abi_version(&self) -> Option<u32> {
        let versions = || {
            self.exports()
                .filter_map(|export| export.name.strip_prefix(names::ABI_PREFIX))
                .filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
                .filter(|digits| !digits.starts_with('0') || digits.len() == 1)
                .map(|digits| digits.parse().unwrap_or(u32::MAX))
        };
        versions().find(|&version| version == ABI_VERSION).or_else(|| versions().max())
    }

    /// The function index of an entry point.
    ///
    /// # Errors
    /// [`Error::MissingExport`], or [`Error::ExportSignature`] when it is none: another signature, a
    /// name of the ABI's own, or one of more than [`MAX_NAME`] bytes.
    pub fn entry(&self, name: &str) -> Result<u32, Error> {
        let export = self.exports().find(|export| export.name == name);
        let function = export.ok_or(Error::MissingExport(Name::new(name)))?.function;
        let ours = name.starts_with(names::RESERVED_PREFIX) || name.len() > MAX_NAME;
        match self.has_signature(function, Signature::Entry) {
            Some(true) if !ours => Ok(function),
            _ => Err(Error::ExportSignature(Name::new(name))),
        }
    }

    /// Checks that the ABI's own export of this name is there, with this signature.
    pub(crate) fn check_export(&self, name: &str, signature: Signature) -> Result<(), Error> {
        let export = self.exports().find(|export| export.name == name);
        let function = export.ok_or(Error::MissingExport(Name::new(name)))?.function;
        match self.has_signature(function, signature) {
            Some(true) => Ok(()),
            _ => Err(Error::ExportSignature(Name::new(name))),
        }
    }

    /// Whether the function has this signature; nothing when there is no such function.
    #[must_use]
    pub fn has_signature(&self, function: u32, signature: Signature) -> Option<bool> {
        let ty = match self.imports().filter_map(|import| import.ty).nth(function as usize) {
            Some(ty) => ty,
            None => {
                let imported = self.imports().filter(|import| import.ty.is_some()).count() as u32;
                self.items(FUNCTION, Reader::u32).nth(function.checked_sub(imported)? as usize)?
            }
        };
        self.type_is(ty, signature)
    }

    /// Whether the type of this index is this signature; nothing when there is no such type.
    #[must_use]
    pub fn type_is(&self, ty: u32, signature: Signature) -> Option<bool> {
        let (params, results) = self.items(TYPE, Reader::function_type).nth(ty as usize)?;
        Some(params == signature.params() && results == signature.results())
    }

    fn sections(&self) -> impl Iterator<Item = Result<(u8, Reader<'m>), ModuleError>> + use<'m> {
        let mut reader = Reader { bytes: &self.wasm[8..], offset: 8 };
        core::iter::from_fn(move || {
            if reader.bytes.is_empty() {
                return None;
            }
            let section = reader.section();
            if section.is_err() {
                reader.bytes = &[];
            }
            Some(section)
        })
    }

    /// The items of one section, up to the first that is damaged; [`Module::parse`] saw that none is.
    fn items<T>(&self, wanted: u8, item: ReadItem<'m, T>) -> impl Iterator<Item = T> + use<'m, T> {
        let found = self.sections().flatten().find(|(id, _)| *id == wanted);
        let mut reader = found.map_or(Reader { bytes: &[], offset: 0 }, |(_, reader)| reader);
        let mut left = reader.u32().unwrap_or(0);
        core::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            item(&mut reader).ok()
        })
    }
}

type ReadItem<'m, T> = fn(&mut Reader<'m>) -> Result<T, ModuleError>;

#[derive(Clone)]
struct Reader<'m> {
    bytes: &'m [u8],
    offset: u32,
}

impl<'m> Reader<'m> {
    fn take(&mut self, len: usize) -> Result<&'m [u8], ModuleError> {
        let (taken, rest) =
            self.bytes.split_at_checked(len).ok_or(ModuleError::Malformed { offset: self.offset })?;
        self.bytes = rest;
        self.offset = self.offset.wrapping_add(len as u32);
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, ModuleError> {
        Ok(self.take(1)?[0])
    }

    /// An unsigned LEB128 number of at most `bits` bits.
    fn leb(&mut self, bits: u32) -> Result<u64, ModuleError> {
        let offset = self.offset;
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            if shift >= bits {
                return Err(ModuleError::Malformed { offset });
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let fits = bits >= 64 || value >> bits == 0;
                return fits.then_some(value).ok_or(ModuleError::Malformed { offset });
            }
            shift += 7;
        }
    }

    fn u32(&mut self) -> Result<u32, ModuleError> {
        Ok(self.leb(32)? as u32)
    }

    fn name(&mut self) -> Result<&'m str, ModuleError> {
        let offset = self.offset;
        let len = self.u32()? as usize;
        core::str::from_utf8(self.take(len)?).map_err(|_| ModuleError::Malformed { offset })
    }

    fn section(&mut self) -> Result<(u8, Self), ModuleError> {
        let id = self.byte()?;
        let len = self.u32()? as usize;
        let offset = self.offset;
        Ok((id, Self { bytes: self.take(len)?, offset }))
    }

    fn each<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, ModuleError>,
    ) -> Result<(), ModuleError> {
        for _ in 0..self.u32()? {
            item(self)?;
        }
        Ok(())
    }

    /// An export: its name, its kind, its index among those of its kind.
    fn any_export(&mut self) -> Result<(&'m str, u8, u32), ModuleError> {
        Ok((self.name()?, self.byte()?, self.u32()?))
    }

    /// An exported function; nothing for an export of another kind.
    fn export(&mut self) -> Result<Option<Export<'m>>, ModuleError> {
        let (name, kind, function) = self.any_export()?;
        Ok((kind == KIND_FUNCTION).then_some(Export { name, function }))
    }

    fn import(&mut self) -> Result<Import<'m>, ModuleError> {
        let (module, name) = (self.name()?, self.name()?);
        let offset = self.offset;
        let ty = match self.byte()? {
            KIND_FUNCTION => Some(self.u32()?),
            1 => self.byte().and_then(|_| self.limits())?,
            2 => self.limits()?,
            3 => self.take(2).map(|_| None)?,
            4 => self.byte().and_then(|_| self.u32()).map(|_| None)?,
            _ => return Err(ModuleError::Malformed { offset }),
        };
        Ok(Import { module, name, ty })
    }

    /// The limits of a table or memory: flags, minimum, and a maximum and a page size where the
    /// flags say so.
    fn limits(&mut self) -> Result<Option<u32>, ModuleError> {
        let flags = self.byte()?;
        self.leb(64)?;
        if flags & 1 != 0 {
            self.leb(64)?;
        }
        if flags & 8 != 0 {
            self.u32()?;
        }
        Ok(None)
    }

    /// Parameters and results. Types of later proposals than functions end the list.
    fn function_type(&mut self) -> Result<(&'m [u8], &'m [u8]), ModuleError> {
        let offset = self.offset;
        if self.byte()? != 0x60 {
            return Err(ModuleError::Malformed { offset });
        }
        let params = self.u32()? as usize;
        let params = self.take(params)?;
        let results = self.u32()? as usize;
        Ok((params, self.take(results)?))
    }
}
