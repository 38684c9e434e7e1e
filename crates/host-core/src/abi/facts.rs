//! Whether a module is a guest, and of which kind: a few passes over it, whatever it has.

use super::check::{check_imports, exported};
use super::signature::Signature;
use crate::error::Error;
use aingle_wasm_module::Module;
use aingle_wasm_types::{ABI_VERSION, Name, names};

/// What a guest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The ABI version that it asks for; `None` for an older guest.
    pub(crate) version: Option<u32>,
    /// Whether it imports anything.
    pub(crate) imports: bool,
    /// Whether it exports [`names::INITIALIZE`].
    pub(crate) initialize: bool,
}

impl Facts {
    /// Checks that a module has what the ABI asks of a guest.
    pub(crate) fn of(module: Module<'_>) -> Result<Self, Error> {
        let version = module.abi_version();
        check_exports(module, version)?;
        check_imports(module)?;
        let imports = module.imports().next().is_some();
        Ok(Self { version, imports, initialize: check_initialize(module)? })
    }
}

/// Checks that the module has what the ABI asks of a guest of this version or of an older one.
fn check_exports(module: Module<'_>, version: Option<u32>) -> Result<(), Error> {
    let allocate = match version {
        Some(ABI_VERSION) => {
            exported(module, names::ABI, Signature::Address)?;
            exported(module, names::ALLOCATE, Signature::Allocate)
        }
        Some(found) => Err(Error::AbiVersion { expected: ABI_VERSION, found }),
        None => match exported(module, names::ALLOCATE, Signature::Allocate) {
            Err(Error::MissingExport(_)) => exported(module, names::HC_ALLOCATE, Signature::Allocate)
                .map_err(|_| Error::MissingExport(Name::new(names::ABI))),
            found => found,
        },
    };
    allocate.map(drop)
}

/// Returns whether the module exports the function that runs its static constructors.
pub(crate) fn check_initialize(module: Module<'_>) -> Result<bool, Error> {
    let found = module.has_export(names::INITIALIZE);
    if found {
        let refused = |_| Error::ExportSignature(Name::new(names::INITIALIZE));
        exported(module, names::INITIALIZE, Signature::Unit).map_err(refused)?;
    }
    Ok(found)
}
