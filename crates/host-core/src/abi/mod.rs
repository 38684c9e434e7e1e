//! What the ABI asks of a module: its exports, its imports and their signatures.

mod bits;
mod check;
mod described;
mod facts;
mod index;
mod lookup;
mod signature;

pub use check::{check_imports, entry, exported};
pub(crate) use described::{check_export, check_import};
pub(crate) use facts::{Facts, check_initialize};
pub use index::Index;
pub(crate) use lookup::Lookup;
pub use signature::Signature;
