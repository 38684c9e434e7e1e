//! The wasmi backend: pure Rust, fast and large. For hosts and big parts, with atomics: it does not
//! build for thumbv6m.
//!
//! Every module is validated and translated in full when it is loaded. wasmi has fuel of its own beside
//! that of modules that carry limits: about one unit for each of its instructions, taken block by block,
//! and more for what moves many bytes. The
//! whole of a block's fuel is taken when it is entered; so a call that runs out may have used
//! less than its limit, and the number says so.
//!
//! Release 2.0.0 computes a `select` wrongly when its condition is a comparison of a variable with zero. A module that
//! selects by a comparison with zero is refused by name.
//!
//! A host function must not panic: wasmi's frames do not unwind, and the process is aborted.
//!
//! Unless it is told otherwise it accepts the features that every backend of this crate has and
//! nothing more, so that a module which was tried here runs on the smaller engines too.
#![deny(unsafe_code)]

mod calls;
mod config;
mod error;
#[cfg(feature = "out-of-memory")]
mod growth;
mod instance;
mod limits;
mod load;
#[allow(unsafe_code)]
mod raw;
mod select;

pub use config::WasmiConfig;
pub use instance::{WasmiFunction, WasmiInstance};
pub use load::Wasmi;
