//! What is asked of a module again and again, read once: by a host that makes many instances of it.

use super::{Bits, Described, Facts};
use crate::{Error, Module};
use aingle_wasm_types::Name;
use aingle_wasm_types::description::Kind;
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
        Self { facts: module.facts(), exports: exports(module), imports: imports.collect() }
    }

    /// The function index of an entry point; see [`Module::entry`].
    ///
    /// # Errors
    /// As [`Module::entry`].
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
    let entries = module.entry_functions();
    let mut names: Vec<_> = module.exports().map(|export| (export.name, export.function)).collect();
    names.sort_by_key(|&(name, _)| name);
    let mut described = alloc::vec![Described::Not; names.len()];
    describe(
        module,
        Kind::Export,
        &mut described,
        |name| names.partition_point(|&(known, _)| known < name),
        |at| names.get(at).map(|&(name, _)| name),
    );
    let exports = names.iter().zip(described).map(|(&(name, function), described)| Exported {
        name: Text::new(module.wasm(), name),
        function,
        entry: entries.contains(function) && !Module::is_no_entry(name),
        described,
    });
    exports.collect()
}

/// The names of a module's imports in their order, each with what the records say of it.
pub(super) fn described_imports(module: Module<'_>) -> Vec<(&str, Described)> {
    let mut imports: Vec<_> = module.imports().map(|import| (import.name, Described::Not)).collect();
    if module.records().next().is_none() {
        return imports;
    }
    let mut order: Vec<u32> = (0..imports.len() as u32).collect();
    order.sort_by_key(|&at| imports[at as usize].0);
    let mut described = alloc::vec![Described::Not; imports.len()];
    let name_at = |at: usize| order.get(at).map(|&at| imports[at as usize].0);
    let first = |name: &str| order.partition_point(|&at| imports[at as usize].0 < name);
    describe(module, Kind::Import, &mut described, first, name_at);
    // A name that is imported several times is described at the first of its places.
    for at in 1..order.len() {
        if name_at(at) == name_at(at - 1) {
            described[at] = described[at - 1];
        }
    }
    for (&at, described) in order.iter().zip(described) {
        imports[at as usize].1 = described;
    }
    imports
}

/// Adds what each record of a kind says to the first place of its name: names are sorted, `first` finds where one would
/// be, and `name_at` what is there.
fn describe<'m>(
    module: Module<'m>,
    kind: Kind,
    described: &mut [Described],
    first: impl Fn(&str) -> usize,
    name_at: impl Fn(usize) -> Option<&'m str>,
) {
    for record in module.records().flatten().filter(|record| record.kind == kind) {
        let at = first(record.name);
        if name_at(at) == Some(record.name) {
            described[at] = described[at].and(&record);
        }
    }
}

impl Module<'_> {
    /// Which functions have the signature of an entry point, by their index.
    fn entry_functions(self) -> Bits {
        let (types, mut functions) = (self.entry_types(), Bits::default());
        for ty in self.imports().filter_map(|import| import.ty).chain(self.functions()) {
            functions.push(types.contains(ty));
        }
        functions
    }
}
