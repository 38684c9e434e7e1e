//! A crate with a cycle of imports, for the test that looks for them.
mod apart;
mod lower;
mod upper;

pub use apart::Apart;
pub use upper::Upper;
