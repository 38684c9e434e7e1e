//! From bytes to machine code, and from machine code that was kept.
//!
//! Every module gets an engine of Wasmer's own: the memory that holds the code belongs to the engine, so
//! that dropping a module gives it back. Limits are put into the module before it is compiled.

mod code;
mod identity;
mod load;
mod native;
mod threads;

pub(crate) use code::{Code, SharedWasm, serialize};
pub(crate) use identity::identity;
#[cfg(unix)]
pub(crate) use identity::toolchain;
pub(crate) use load::{compile, load};
#[cfg(unix)]
pub(crate) use native::{machine_code, thread_count};
