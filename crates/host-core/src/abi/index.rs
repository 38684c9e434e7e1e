//! What is asked of a module again and again, read once: by a host that makes many instances of it.

use super::bits::Bits;
use super::check::{entry_types, is_no_entry};
use super::facts::Facts;
use crate::error::Error;
use aingle_wasm_module::{Described, Module};
use aingle_wasm_types::Name;
use aingle_wasm_types::description::Kind;
use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::ops::Range;

/// The exports and imports of a module, ready to be looked up. It belongs to the bytes that it was made of.
///
/// It takes some 40 bytes for each exported function and each import.
#[derive(Debug)]
pub struct Index {
    facts: Result<Facts, Error>,
    /// By their names.
    exports: Vec<Exported>,
    /// In the module's order.
    imports: Vec<Imported>,
}

#[derive(Debug)]
struct Exported {
    name: Text,
    function: u32,
    /// Whether it is an entry point, by its name and its signature.
    entry: bool,
    described: Described,
}

#[derive(Debug)]
struct Imported {
    name: Text,
    described: Described,
}

/// A name, by its place in the module.
#[derive(Debug, Clone, Copy)]
struct Text {
    at: u32,
    len: u32,
}

impl Text {
    fn new(wasm: &[u8], text: &str) -> Self {
        let at = text.as_ptr().addr().wrapping_sub(wasm.as_ptr().addr());
        Self { at: at as u32, len: text.len() as u32 }
    }

    fn of(self, wasm: &[u8]) -> &str {
        let Range { start, end } = self.at as usize..self.at as usize + self.len as usize;
        wasm.get(start..end).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl Index {
    /// Reads a module. The time is linear in its length, except for sorting names.
    #[must_use]
    pub fn new(module: Module<'_>) -> Self {
        let wasm = module.wasm();
        let imports = described_imports(module).into_iter();
        let imports = imports.map(|(name, described)| Imported { name: Text::new(wasm, name), described });
        Self { facts: Facts::of(module), exports: exports(module), imports: imports.collect() }
    }

    /// The function index of an entry point; see [`entry`](super::entry).
    ///
    /// # Errors
    /// As [`entry`](super::entry).
    pub fn entry(&self, wasm: &[u8], name: &str) -> Result<u32, Error> {
        self.described_entry(wasm, name).map(|(function, _)| function)
    }

    pub(super) fn described_entry(&self, wasm: &[u8], name: &str) -> Result<(u32, Described), Error> {
        let found = self.find(wasm, name).ok_or(Error::MissingExport(Name::new(name)))?;
        if !found.entry {
            return Err(Error::ExportSignature(Name::new(name)));
        }
        Ok((found.function, found.described))
    }

    pub(super) fn facts(&self) -> Result<Facts, Error> {
        self.facts
    }

    pub(super) fn imports<'m>(&self, wasm: &'m [u8]) -> impl Iterator<Item = (&'m str, Described)> {
        self.imports.iter().map(|import| (import.name.of(wasm), import.described))
    }

    fn find(&self, wasm: &[u8], name: &str) -> Option<&Exported> {
        let at = self.exports.partition_point(|export| export.name.of(wasm) < name);
        self.exports.get(at).filter(|export| export.name.of(wasm) == name)
    }
}

fn exports(module: Module<'_>) -> Vec<Exported> {
    let entries = entry_functions(module);
    let names = sorted(module.exports().map(|export| (export.name, export.function)));
    let described = describe(module, Kind::Export, &names);
    let exports = names.iter().zip(described).map(|(&(name, function), described)| Exported {
        name: Text::new(module.wasm(), name),
        function,
        entry: entries.contains(function) && !is_no_entry(name),
        described,
    });
    exports.collect()
}

/// The names of a module's imports in their order, each with what the records say of it.
pub(super) fn described_imports(module: Module<'_>) -> Vec<(&str, Described)> {
    // Exactly as many as there are, which no iterator over a module knows beforehand.
    let mut imports = Vec::with_capacity(module.imports().count());
    imports.extend(module.imports().map(|import| (import.name, Described::Not)));
    if module.records().next().is_none() {
        return imports;
    }
    let order = sorted(imports.iter().zip(0..).map(|(&(name, _), at)| (name, at)));
    let described = describe(module, Kind::Import, &order);
    let mut last = ("", Described::Not);
    for (&(name, at), described) in order.iter().zip(described) {
        // A name that is imported several times is described at the first of its places.
        if name != last.0 {
            last = (name, described);
        }
        imports[at as usize].1 = last.1;
    }
    imports
}

/// Sorts by heap: in firmware that takes a tenth of the flash of `sort`.
fn sorted<'m>(names: impl Iterator<Item = (&'m str, u32)>) -> Vec<(&'m str, u32)> {
    names.collect::<BinaryHeap<_>>().into_sorted_vec()
}

/// What all records of a kind say, each at the first place of its name.
fn describe(module: Module<'_>, kind: Kind, names: &[(&str, u32)]) -> Vec<Described> {
    let mut described = alloc::vec![Described::Not; names.len()];
    for record in module.records().flatten().filter(|record| record.kind == kind) {
        let at = names.partition_point(|&(name, _)| name < record.name);
        if names.get(at).is_some_and(|&(name, _)| name == record.name) {
            described[at] = described[at].and(&record);
        }
    }
    described
}

/// Which functions have the signature of an entry point, by their index.
fn entry_functions(module: Module<'_>) -> Bits {
    let (types, mut functions) = (entry_types(module), Bits::default());
    for ty in module.imports().filter_map(|import| import.ty).chain(module.functions()) {
        functions.push(types.contains(ty));
    }
    functions
}
