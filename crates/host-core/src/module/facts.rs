//! Whether a module is a guest, and of which kind: a few passes over it, whatever it has.

use super::{Bits, Module, any_export};
use crate::reader::section::EXPORT;
use crate::{Error, Signature};
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

impl Module<'_> {
    /// Checks that the module has what the ABI asks of a guest.
    pub(crate) fn facts(self) -> Result<Facts, Error> {
        let version = self.abi_version();
        self.check_exports(version)?;
        self.check_imports()?;
        let imports = self.imports().next().is_some();
        Ok(Facts { version, imports, initialize: self.check_initialize()? })
    }

    /// Checks that all imports are functions of the module `env` with the signature of host functions.
    ///
    /// The time is linear in the module's length. It allocates one bit for each of the module's types.
    ///
    /// # Errors
    /// [`Error::ImportSignature`].
    pub fn check_imports(self) -> Result<(), Error> {
        let mut imports = self.imports().peekable();
        let types = if imports.peek().is_some() { self.entry_types() } else { Bits::default() };
        for import in imports {
            let typed = import.ty.is_some_and(|ty| types.contains(ty));
            if !import.is_host_function() || !typed {
                return Err(Error::ImportSignature(Name::new(import.name)));
            }
        }
        Ok(())
    }

    /// Checks that the module has what the ABI asks of a guest of this version or of an older one.
    fn check_exports(self, version: Option<u32>) -> Result<(), Error> {
        let allocate = match version {
            Some(ABI_VERSION) => {
                self.exported(names::ABI, Signature::Address)?;
                self.exported(names::ALLOCATE, Signature::Allocate)
            }
            Some(found) => Err(Error::AbiVersion { expected: ABI_VERSION, found }),
            None => match self.exported(names::ALLOCATE, Signature::Allocate) {
                Err(Error::MissingExport(_)) => self
                    .exported(names::HC_ALLOCATE, Signature::Allocate)
                    .map_err(|_| Error::MissingExport(Name::new(names::ABI))),
                found => found,
            },
        };
        allocate.map(drop)
    }

    /// Returns whether the module exports the function that runs its static constructors.
    fn check_initialize(self) -> Result<bool, Error> {
        let found = self.items(EXPORT, any_export).any(|(name, ..)| name == names::INITIALIZE);
        if found {
            let refused = |_| Error::ExportSignature(Name::new(names::INITIALIZE));
            self.exported(names::INITIALIZE, Signature::Unit).map_err(refused)?;
        }
        Ok(found)
    }

    /// Which types are the signature of an entry point, by their index.
    pub(super) fn entry_types(self) -> Bits {
        let (params, results) = (Signature::Entry.params(), Signature::Entry.results());
        let mut types = Bits::default();
        for ty in self.types() {
            types.push(ty == (params, results));
        }
        types
    }
}
