//! The emitter: a module as Rust source over the prelude.

mod access;
mod control;
mod count;
mod counters;
mod cover;
mod function;
mod numeric;
mod operands;
mod plan;
mod rows;
mod source;
mod variables;

pub use access::last_address;
pub use source::{ENTRY, Source, signature_of};
