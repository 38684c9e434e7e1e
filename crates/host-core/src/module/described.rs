//! What a module's records say of one function, and how that is compared with the host's types.

use crate::Error;
use aingle_wasm_types::Name;
use aingle_wasm_types::description::{Form, Kind, Record};

/// What all records of one name and kind say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Described {
    /// There is no record.
    #[default]
    Not,
    /// Bytes in, bytes out.
    Raw,
    /// Values of the types with this hash.
    Typed(u64),
    /// Two records say different things: their hashes, of which 0 is that of a raw one.
    Twice {
        /// The hash of the first record.
        first: u64,
        /// The hash of the first record that differs from it.
        second: u64,
    },
}

impl Described {
    /// Adds what one more record says.
    #[must_use]
    pub(crate) fn and(self, record: &Record<'_>) -> Self {
        let said = match record.form {
            Form::Raw => Self::Raw,
            Form::Typed => Self::Typed(record.hash),
        };
        match self {
            Self::Not => said,
            Self::Raw | Self::Typed(_) if self != said => {
                Self::Twice { first: self.hash(), second: said.hash() }
            }
            _ => self,
        }
    }

    /// Checks an import against a host function: one with types of the hash `expected`, or a raw one.
    pub(crate) fn check_import(self, name: &str, expected: Option<u64>) -> Result<(), Error> {
        let name = || Name::new(name);
        match (self, expected) {
            (Self::Twice { first, second }, _) => {
                Err(Error::DescribedTwice { kind: Kind::Import, name: name(), first, second })
            }
            (_, None) => Ok(()),
            (Self::Not, Some(_)) => Err(Error::UndescribedImport(name())),
            (Self::Raw, Some(_)) => Err(Error::RawImport(name())),
            (Self::Typed(found), Some(expected)) => same(name(), expected, found),
        }
    }

    /// Checks an export against a typed handle, whose types have the hash `expected`.
    pub(crate) fn check_export(self, name: &str, expected: u64) -> Result<(), Error> {
        let name = Name::new(name);
        match self {
            Self::Not => Err(Error::Undescribed(name)),
            Self::Raw => Err(Error::Raw(name)),
            Self::Typed(found) => same(name, expected, found),
            Self::Twice { first, second } => {
                Err(Error::DescribedTwice { kind: Kind::Export, name, first, second })
            }
        }
    }

    fn hash(self) -> u64 {
        match self {
            Self::Typed(hash) => hash,
            _ => 0,
        }
    }
}

fn same(name: Name, expected: u64, found: u64) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Schema { name, expected, found }) }
}
