//! The functions of a module that speaks no ABI, read once: each look-up in the module itself would be a pass over it.

use crate::plain_signature::PlainSignature;
use aingle_wasm_host_core::Module;
use std::collections::HashMap;

/// The exported and the imported functions of a module, with their types.
pub(crate) struct PlainIndex {
    /// By their names; `None` for functions of vectors or references.
    exports: HashMap<String, Option<PlainSignature>>,
    /// In the module's order.
    pub(crate) imports: Vec<PlainImport>,
}

/// An import.
pub(crate) struct PlainImport {
    pub(crate) module: String,
    pub(crate) name: String,
    /// `None` for what is no function of numbers.
    pub(crate) signature: Option<PlainSignature>,
}

impl PlainIndex {
    /// Reads a module, in time linear in its length.
    pub(crate) fn new(module: Module<'_>) -> Self {
        let types: Vec<_> = module.types().map(PlainSignature::of).collect();
        let signature = |ty: u32| types.get(ty as usize).cloned().flatten();
        let functions: Vec<u32> =
            module.imports().filter_map(|import| import.ty).chain(module.functions()).collect();
        let exports = module.exports().filter_map(|export| {
            Some((export.name.to_owned(), signature(*functions.get(export.function as usize)?)))
        });
        let imports = module.imports().map(|import| PlainImport {
            module: import.module.to_owned(),
            name: import.name.to_owned(),
            signature: import.ty.and_then(signature),
        });
        Self { exports: exports.collect(), imports: imports.collect() }
    }

    /// Returns the types of an exported function; `Some(None)` if they are not numbers.
    pub(crate) fn export(&self, name: &str) -> Option<Option<&PlainSignature>> {
        self.exports.get(name).map(Option::as_ref)
    }
}
