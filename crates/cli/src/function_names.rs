//! Names of functions: from the section `name`, or by an export, or by their index.

use aingle_wasm_module::Module;
use std::collections::HashMap;

/// The names of a module's functions.
#[derive(Default)]
pub struct FunctionNames<'m> {
    names: HashMap<u32, &'m str>,
}

impl<'m> FunctionNames<'m> {
    /// Reads the names of a module.
    #[must_use]
    pub fn of(module: Module<'m>) -> Self {
        let exports = module.exports().map(|export| (export.function, export.name));
        Self { names: exports.chain(module.function_names()).collect() }
    }

    /// Returns the name of a function.
    #[must_use]
    pub fn name(&self, index: u32) -> String {
        self.names.get(&index).map_or_else(|| format!("function {index}"), |name| (*name).to_owned())
    }
}
