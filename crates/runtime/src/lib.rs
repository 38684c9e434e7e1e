#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod broken;
mod call;
mod config;
mod current;
mod env;
mod error;
mod host;
mod http;
mod load;
mod module;
mod race;
#[cfg(feature = "service")]
mod recent;
mod runtime;
#[cfg(feature = "service")]
pub mod service;
mod spin;
mod stats;
mod stop;
#[cfg(test)]
mod stop_tests;
mod sync;
mod telemetry;
mod threads;
#[cfg(test)]
mod threads_tests;

/// Grants of programs of WASI, as the runner has them, and what their errors carry: the feature `wasi`.
#[cfg(feature = "wasi")]
pub mod wasi {
    pub use aingle_wasm_components::{Refused, Unfit};
    pub use aingle_wasm_wasi::{Address, Dir, Error, ErrorKind, Grants, Input, Missing, Needs};
}

pub use aingle_wasm_host::{CompileProcess, Data, ErrorCode, HostFault, Reuse};
pub use broken::Break;
pub use call::{Call, CallFuture, CallHandle};
pub use config::{ModuleConfig, WasmConfig};
pub use error::{ErrorKind, RuntimeError};
pub use host::{HostContext, HostFunctions};
pub use http::{HttpAllow, HttpConfig};
pub use module::{FunctionInfo, FunctionKind, ModuleInfo, Replaced};
pub use runtime::{ReplaceOptions, WasmRuntime};
pub use stats::RuntimeStats;
