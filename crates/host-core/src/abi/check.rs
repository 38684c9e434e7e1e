//! What the ABI asks of one export, and of all imports.

use super::bits::Bits;
use super::signature::Signature;
use crate::error::Error;
use aingle_wasm_module::Module;
use aingle_wasm_types::limits::MAX_NAME;
use aingle_wasm_types::{Name, names};

/// Returns the function index of an entry point.
///
/// # Errors
/// [`Error::MissingExport`], or [`Error::ExportSignature`] when it is none: another signature, a
/// name of the ABI's own, or one of more than [`MAX_NAME`] bytes.
pub fn entry(module: Module<'_>, name: &str) -> Result<u32, Error> {
    let function = exported(module, name, Signature::Entry)?;
    if is_no_entry(name) { Err(Error::ExportSignature(Name::new(name))) } else { Ok(function) }
}

/// Returns whether an entry point cannot have this name.
pub(super) fn is_no_entry(name: &str) -> bool {
    name.starts_with(names::RESERVED_PREFIX) || name.len() > MAX_NAME
}

/// Returns the function index of the export of this name, which must have this signature.
///
/// # Errors
/// [`Error::MissingExport`] and [`Error::ExportSignature`].
pub fn exported(module: Module<'_>, name: &str, signature: Signature) -> Result<u32, Error> {
    let export = module.exports().find(|export| export.name == name);
    let function = export.ok_or(Error::MissingExport(Name::new(name)))?.function;
    match module.function_type(function) {
        Some(ty) if signature.is(ty) => Ok(function),
        _ => Err(Error::ExportSignature(Name::new(name))),
    }
}

/// Checks that all imports are functions of the module `env` with the signature of host functions.
///
/// The time is linear in the module's length. It allocates one bit for each of the module's types.
///
/// # Errors
/// [`Error::ImportSignature`].
pub fn check_imports(module: Module<'_>) -> Result<(), Error> {
    let has_any = module.imports().next().is_some();
    let types = if has_any { entry_types(module) } else { Bits::default() };
    let is_typed = |ty: Option<u32>| ty.is_some_and(|ty| types.contains(ty));
    match module.imports().find(|import| !import.is_host_function() || !is_typed(import.ty)) {
        Some(import) => Err(Error::ImportSignature(Name::new(import.name))),
        None => Ok(()),
    }
}

/// Which types are the signature of an entry point, by their index.
#[inline(never)]
pub(super) fn entry_types(module: Module<'_>) -> Bits {
    let mut types = Bits::default();
    for ty in module.types() {
        types.push(Signature::Entry.is(ty));
    }
    types
}
