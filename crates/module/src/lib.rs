//! Reads WebAssembly modules: sections, imports, exports, the interface description and the metering record.
//!
//! It needs no engine and no heap, and it knows no policy: what the ABI asks of a guest is checked by
//! `aingle_wasm_host_core`. Code is not validated; the engine does that. Every length and index is checked, so that
//! any bytes return a value or an error.
//!
//! ```
//! use aingle_wasm_module::Module;
//!
//! // An empty module: the header, and no section.
//! let module = Module::parse(b"\0asm\x01\0\0\0")?;
//! assert_eq!(module.abi_version(), None);
//! assert_eq!(module.exports().count(), 0);
//! # Ok::<(), aingle_wasm_module::ModuleError>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

mod debug_names;
mod described;
mod foreign;
mod module;
pub mod reader;
mod recognise;

pub use described::Described;
pub use foreign::Foreign;
pub use module::{Export, FunctionType, Import, Module, ModuleError};
