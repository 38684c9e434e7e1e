//! How what a module says of a function is compared with the host's types.

use crate::error::Error;
use aingle_wasm_module::Described;
use aingle_wasm_types::Name;
use aingle_wasm_types::description::Kind;

/// Checks an import against a host function: one with types of the hash `expected`, or a raw one.
pub(crate) fn check_import(described: Described, name: &str, expected: Option<u64>) -> Result<(), Error> {
    let name = || Name::new(name);
    match (described, expected) {
        (Described::Twice { first, second }, _) => {
            Err(Error::DescribedTwice { kind: Kind::Import, name: name(), first, second })
        }
        (_, None) => Ok(()),
        (Described::Not, Some(_)) => Err(Error::UndescribedImport(name())),
        (Described::Raw, Some(_)) => Err(Error::RawImport(name())),
        (Described::Typed(found), Some(expected)) => same(name(), expected, found),
    }
}

/// Checks an export against a typed handle, whose types have the hash `expected`.
pub(crate) fn check_export(described: Described, name: &str, expected: u64) -> Result<(), Error> {
    let name = Name::new(name);
    match described {
        Described::Not => Err(Error::Undescribed(name)),
        Described::Raw => Err(Error::Raw(name)),
        Described::Typed(found) => same(name, expected, found),
        Described::Twice { first, second } => {
            Err(Error::DescribedTwice { kind: Kind::Export, name, first, second })
        }
    }
}

fn same(name: Name, expected: u64, found: u64) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Schema { name, expected, found }) }
}
