//! Recognises modules that are no guests.

use crate::foreign::Foreign;
use crate::module::Module;
use aingle_wasm_types::names;

impl Foreign {
    /// Returns what bytes are, or `None` for a guest: a core module that exports what the ABI asks for, or an older
    /// guest's allocator, and that imports from no other host.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        Self::of_head(bytes).or_else(|| match Module::parse(bytes) {
            Ok(module) => Self::of_module(module),
            Err(_) => None,
        })
    }

    /// Returns what a core module is by its imports and exports, or `None` for a guest.
    #[must_use]
    pub fn of_module(module: Module<'_>) -> Option<Self> {
        let imported = module.imports().find_map(|import| Self::of_import(import.module, import.name));
        // A guest may have a host function of any name, such as `trace`.
        match (module.is_guest(), imported) {
            (false, None) => Some(Self::Plain),
            (true, Some(Self::AssemblyScript | Self::Emscripten)) => None,
            (_, imported) => imported,
        }
    }
}

impl Module<'_> {
    /// Returns whether the module has an export that a guest of any version of the ABI has.
    #[must_use]
    pub fn is_guest(&self) -> bool {
        let allocates = |name: &str| name == names::ALLOCATE || name == names::HC_ALLOCATE;
        self.abi_version().is_some() || self.exports().any(|export| allocates(export.name))
    }
}
