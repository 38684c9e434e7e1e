//! Run AIngle WebAssembly guests in firmware.
#![no_std]

extern crate alloc;

mod runtime;
#[cfg(any(feature = "spacewasm-core", feature = "wasmi"))]
mod sections;
#[cfg(feature = "spacewasm-core")]
pub mod spacewasm;
#[cfg(feature = "wasm3")]
pub mod wasm3;
#[cfg(feature = "wasmi")]
pub mod wasmi;

pub use aingle_wasm_bridge::{
    Args, Config, Engine, Error, Func, Guest, Host, HostFault, HostFn, HostFunctions, Level, LoadError,
    Module, Response, Trap,
};
pub use runtime::{Backend, Capabilities, Runtime};
