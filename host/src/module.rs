//! A compiled module.

use crate::compile::{Code, SharedWasm};
use crate::plain_index::PlainIndex;
use crate::words::Words;
use aingle_wasm_host_core::{Import, Index, Module, Signature};
use aingle_wasm_types::description::{Kind, Record};
use aingle_wasm_types::names;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A compiled module: its bytes and its machine code. A clone shares both.
#[derive(Clone)]
pub struct WasmModule {
    inner: Arc<Inner>,
}

struct Inner {
    code: Code,
    wasm: SharedWasm,
    /// What instances look up in it.
    index: Index,
    name: String,
    /// Which module a typed handle belongs to.
    fingerprint: u64,
    /// Which engine compiled it.
    engine: u64,
    range: OnceLock<Range<usize>>,
    /// Of a module that speaks no ABI, when it is asked for.
    plain: OnceLock<PlainIndex>,
}

impl WasmModule {
    pub(crate) fn new(code: Code, wasm: &[u8], fingerprint: u64, name: String, engine: u64) -> Self {
        let wasm: SharedWasm = wasm.into();
        let index = Index::new(Module::parse(&wasm).unwrap_or_default());
        let (range, plain) = (OnceLock::new(), OnceLock::new());
        Self { inner: Arc::new(Inner { code, wasm, index, name, fingerprint, engine, range, plain }) }
    }

    /// The name that it was first compiled under; empty for one without.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The module's bytes, as they were before compilation.
    #[must_use]
    pub fn wasm(&self) -> &[u8] {
        &self.inner.wasm
    }

    /// What the module says of its exports and imports: names, types, schema hashes.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.view().into_iter().flat_map(|module| module.records()).flatten()
    }

    /// The functions that can be called, in words: `summarize(str, [f32]) -> f32`. One that the module
    /// does not describe takes and returns bytes.
    #[must_use]
    pub fn signatures(&self) -> Vec<String> {
        let Some(module) = self.view() else { return Vec::new() };
        let words = Words::new(module);
        let entries = module.exports().filter(|export| self.index().entry(self.wasm(), export.name).is_ok());
        entries.map(|export| words.signature(Kind::Export, export.name)).collect()
    }

    /// Returns the host functions that the module wants, in words as [`WasmModule::signatures`] has them; then
    /// everything that no host function can be, as `module.name`: a module that imports such things is no guest.
    /// Functions of the ABI itself, which need not be registered, are left out.
    #[must_use]
    pub fn imports(&self) -> Vec<String> {
        let Some(module) = self.view() else { return Vec::new() };
        let words = Words::new(module);
        let types: Vec<bool> = module.types().map(|ty| ty == host_function()).collect();
        let typed = |import: &Import<'_>| import.ty.is_some_and(|ty| types.get(ty as usize) == Some(&true));
        let (wanted, others): (Vec<_>, Vec<_>) =
            module.imports().partition(|import| import.is_host_function() && typed(import));
        let wanted = wanted.iter().filter(|import| !import.name.starts_with(names::RESERVED_PREFIX));
        let wanted = wanted.map(|import| words.signature(Kind::Import, import.name));
        wanted.chain(others.iter().map(|import| format!("{}.{}", import.module, import.name))).collect()
    }

    pub(crate) fn view(&self) -> Option<Module<'_>> {
        Module::parse(self.wasm()).ok()
    }

    pub(crate) fn index(&self) -> &Index {
        &self.inner.index
    }

    pub(crate) fn plain_index(&self) -> &PlainIndex {
        self.inner.plain.get_or_init(|| PlainIndex::new(Module::parsed(self.wasm())))
    }

    pub(crate) fn code(&self) -> &Code {
        &self.inner.code
    }

    pub(crate) fn fingerprint(&self) -> u64 {
        self.inner.fingerprint
    }

    pub(crate) fn engine(&self) -> u64 {
        self.inner.engine
    }

    /// Where the machine code lies.
    pub(crate) fn code_range(&self) -> Range<usize> {
        self.inner.range.get_or_init(|| self.inner.code.range()).clone()
    }
}

/// The type of host functions.
fn host_function() -> (&'static [u8], &'static [u8]) {
    (Signature::Entry.params(), Signature::Entry.results())
}

impl fmt::Debug for WasmModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmModule")
            .field("name", &self.name())
            .field("bytes", &self.wasm().len())
            .finish_non_exhaustive()
    }
}
