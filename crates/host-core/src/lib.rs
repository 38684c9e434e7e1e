//! The host side of the AIngle WebAssembly ABI, written once.
//!
//! Both hosts use this crate. Every engine implements [`EngineInstance`], which has a few methods: memory, a look-up,
//! a crossing. This crate has the protocol: [`Guest`] writes a request into the guest's request buffer, crosses,
//! and checks the place and the content of the reply; [`HostFunctions`] answers the guest's calls; a
//! [`Func`] is a typed handle whose types were compared with the module's description when it was
//! taken. An [`Error`] is `Copy`, carries its facts, and says whether the guest may be used again.
//!
//! Users reach this crate through `aingle_wasm_host` or `aingle_wasm_host_embedded`. Only an engine of
//! your own needs it directly:
//!
//! ```
//! use aingle_wasm_host_core::Module;
//!
//! // What a module says of itself is read without any engine.
//! let wasm = b"\0asm\x01\0\0\0";
//! let module = Module::parse(wasm)?;
//! assert_eq!(module.abi_version(), None);
//! assert_eq!(module.exports().count(), 0);
//! # Ok::<(), aingle_wasm_host_core::ModuleError>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod abi;
mod args;
mod budget;
mod config;
mod control_block;
mod engine_instance;
mod error;
mod func;
mod growth;
mod guest;
mod host;
mod limits;
mod load_error;
mod plain;
mod reading;
mod trap;
mod watch;

pub use abi::{Index, Signature};
pub use aingle_wasm_module::{Described, Export, Foreign, Import, Module, ModuleError};
pub use aingle_wasm_types::Level;
pub use aingle_wasm_types::metering::{Carried, Counters};
pub use args::Args;
pub use budget::Budget;
pub use config::{Config, Integrity};
pub use engine_instance::EngineInstance;
pub use error::{Error, RegistrationError};
pub use func::Func;
pub use growth::RefusedGrowth;
pub use guest::Guest;
pub use host::{Host, HostFault, HostFn, HostFunctions, Response};
pub use load_error::LoadError;
pub use plain::Plain;
pub use trap::Trap;
pub use watch::{CancelFlag, Clock, Watch};
