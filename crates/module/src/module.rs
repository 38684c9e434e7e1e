//! A module, and what it says of itself.

use crate::described::Described;
use crate::foreign::Foreign;
use crate::reader::section::{CUSTOM, EXPORT, FUNCTION, IMPORT, TYPE};
use crate::reader::{HEADER, Items, ReadError, ReadItem, Reader, Section, sections};
use aingle_wasm_types::description::{Kind, Record, RecordError};
use aingle_wasm_types::metering::Carried;
use aingle_wasm_types::{ABI_VERSION, names};
use core::fmt;

/// The value types of the parameters of a function, and of its results, one byte each.
pub type FunctionType<'m> = (&'m [u8], &'m [u8]);

/// A module's bytes, known to be a sequence of whole sections.
#[derive(Debug, Clone, Copy, Default)]
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
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ModuleError {
    /// The bytes do not begin with `\0asm` and version 1: no core module.
    NotWasm {
        /// The first bytes, or zeros if there are fewer: [`Foreign::of_head`] says what they are.
        head: [u8; 8],
    },
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

impl From<ReadError> for ModuleError {
    fn from(error: ReadError) -> Self {
        Self::Malformed { offset: error.offset }
    }
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotWasm { head } => {
                f.write_str("not a WebAssembly core module: expected `\\0asm`, version 1, found ")?;
                Foreign::of_head(&head).unwrap_or(Foreign::Unknown).fmt(f)
            }
            Self::Malformed { offset } => write!(f, "malformed module at byte {offset}"),
            Self::Description(error) => {
                write!(f, "malformed section `{}`: {error}", names::DESCRIPTION_SECTION)
            }
        }
    }
}

impl core::error::Error for ModuleError {}

impl ModuleError {
    /// Returns the error of bytes that are no core module.
    #[must_use]
    #[cold]
    pub fn not_wasm(bytes: &[u8]) -> Self {
        let mut head = [0; HEADER.len()];
        for (head, byte) in head.iter_mut().zip(bytes) {
            *head = *byte;
        }
        Self::NotWasm { head }
    }

    /// Returns what bytes are that are no core module.
    #[must_use]
    pub fn foreign(self) -> Option<Foreign> {
        match self {
            Self::NotWasm { head } => Foreign::of_head(&head),
            _ => None,
        }
    }
}

const KIND_FUNCTION: u8 = 0;
const KIND_GLOBAL: u8 = 3;

impl<'m> Module<'m> {
    /// Reads the module's structure: sections, imports, exports and description.
    ///
    /// # Errors
    /// [`ModuleError`] when any of these is damaged.
    pub fn parse(wasm: &'m [u8]) -> Result<Self, ModuleError> {
        if !wasm.starts_with(HEADER) {
            return Err(ModuleError::not_wasm(wasm));
        }
        for section in sections(wasm) {
            let Section { id, body, .. } = section?;
            match id {
                IMPORT => check(body, import)?,
                EXPORT => check(body, export)?,
                TYPE => check(body, function_type)?,
                FUNCTION => check(body, Reader::u32)?,
                _ => {}
            }
        }
        let module = Self { wasm };
        for record in module.records() {
            record?;
        }
        Ok(module)
    }

    /// Takes bytes that [`Module::parse`] has accepted before, and does not read them again. Other bytes have fewer
    /// exports, imports and records than they seem to have.
    #[must_use]
    pub fn parsed(wasm: &'m [u8]) -> Self {
        Self { wasm }
    }

    /// The module's bytes.
    #[must_use]
    pub fn wasm(self) -> &'m [u8] {
        self.wasm
    }

    /// The exported functions.
    pub fn exports(&self) -> impl Iterator<Item = Export<'m>> + use<'m> {
        self.items(EXPORT, export).flatten()
    }

    /// The imports.
    pub fn imports(&self) -> impl Iterator<Item = Import<'m>> + use<'m> {
        self.items(IMPORT, import)
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

    /// The first record of one function.
    #[must_use]
    pub fn record(&self, kind: Kind, name: &str) -> Option<Record<'m>> {
        self.records().flatten().find(|record| record.kind == kind && record.name == name)
    }

    /// What all records of one function say together.
    #[must_use]
    pub fn described(&self, kind: Kind, name: &str) -> Described {
        let records = self.records().flatten();
        let records = records.filter(|record| record.kind == kind && record.name == name);
        records.fold(Described::Not, |described, record| described.and(&record))
    }

    /// The contents of the custom sections of this name.
    pub fn custom_sections<'n>(self, name: &'n str) -> impl Iterator<Item = &'m [u8]> + use<'m, 'n> {
        sections(self.wasm).flatten().filter(|section| section.id == CUSTOM).filter_map(move |mut section| {
            let found = section.body.name().ok()?;
            (found == name).then_some(section.body.bytes())
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
        let mut exports = self.items(EXPORT, any_export);
        exports.find(|(found, kind, _)| *found == name && *kind == KIND_GLOBAL).map(|(_, _, index)| index)
    }

    /// The ABI version that the module asks for; `None` if it has only the older exports. Whether
    /// this host speaks it is for the host to say. A number that no `u32` holds is
    /// `u32::MAX`: a version that no host speaks, not the absence of one.
    #[must_use]
    pub fn abi_version(&self) -> Option<u32> {
        let versions = self
            .exports()
            .filter_map(|export| number(export.name.strip_prefix(names::ABI_PREFIX)?.as_bytes()));
        versions.max_by_key(|&version| (version == ABI_VERSION, version))
    }

    /// Returns the type of a function, by its index among all functions, imports included. It is `None` when there is
    /// no such function, or no such type.
    #[must_use]
    pub fn function_type(&self, function: u32) -> Option<FunctionType<'m>> {
        let mut types = self.imports().filter_map(|import| import.ty).chain(self.functions());
        self.types().nth(types.nth(function as usize)? as usize)
    }

    /// Returns whether the module exports this name, as a function or as anything else.
    #[must_use]
    pub fn has_export(&self, name: &str) -> bool {
        self.items(EXPORT, any_export).any(|(found, ..)| found == name)
    }

    /// The value types of the parameters and of the results of all types.
    pub fn types(&self) -> impl Iterator<Item = FunctionType<'m>> + use<'m> {
        self.items(TYPE, function_type)
    }

    /// The index of the type of each function that is not imported.
    pub fn functions(&self) -> impl Iterator<Item = u32> + use<'m> {
        self.items(FUNCTION, Reader::u32)
    }

    /// The items of the first section of this id; [`Module::parse`] saw that none is damaged.
    fn items<T>(&self, wanted: u8, item: ReadItem<'m, T>) -> impl Iterator<Item = T> + use<'m, T> {
        let found = sections(self.wasm).flatten().find(|section| section.id == wanted);
        Items::new(found.map(|section| section.body), item).flatten()
    }
}

/// A decimal number without leading zeros, `u32::MAX` for one that no `u32` holds. Smaller than what parses a text.
fn number(digits: &[u8]) -> Option<u32> {
    if let [] | [b'0', _, ..] = digits {
        return None;
    }
    digits.iter().try_fold(0_u32, |number, digit| {
        let digit = digit.is_ascii_digit().then_some(u32::from(*digit & 15))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}

fn check<'m, T>(body: Reader<'m>, item: ReadItem<'m, T>) -> Result<(), ReadError> {
    Items::new(Some(body), item).try_for_each(|item| item.map(drop))
}

/// An export: its name, its kind, its index among those of its kind.
fn any_export<'m>(reader: &mut Reader<'m>) -> Result<(&'m str, u8, u32), ReadError> {
    Ok((reader.name()?, reader.byte()?, reader.u32()?))
}

/// An exported function; `None` for an export of another kind.
fn export<'m>(reader: &mut Reader<'m>) -> Result<Option<Export<'m>>, ReadError> {
    let (name, kind, function) = any_export(reader)?;
    Ok((kind == KIND_FUNCTION).then_some(Export { name, function }))
}

fn import<'m>(reader: &mut Reader<'m>) -> Result<Import<'m>, ReadError> {
    let (module, name) = (reader.name()?, reader.name()?);
    let unknown = reader.error();
    let ty = match reader.byte()? {
        KIND_FUNCTION => Some(reader.u32()?),
        1 => reader.byte().and_then(|_| reader.limits(64)).map(|_| None)?,
        2 => reader.limits(64).map(|_| None)?,
        KIND_GLOBAL => reader.take(2).map(|_| None)?,
        4 => reader.byte().and_then(|_| reader.u32()).map(|_| None)?,
        _ => return Err(unknown),
    };
    Ok(Import { module, name, ty })
}

/// Parameters and results. Types of later proposals than functions end the list.
fn function_type<'m>(reader: &mut Reader<'m>) -> Result<FunctionType<'m>, ReadError> {
    let other = reader.error();
    if reader.byte()? != 0x60 {
        return Err(other);
    }
    let params = reader.u32()? as usize;
    let params = reader.take(params)?;
    let results = reader.u32()? as usize;
    Ok((params, reader.take(results)?))
}
