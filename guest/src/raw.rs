//! The guest's edge to WebAssembly: addresses, imports, exports, the panic handler.
//!
//! All unsafe code of this crate is in `raw/`.
#![allow(unsafe_code)]

mod block;
pub(crate) mod bytes;
#[cfg(target_family = "wasm")]
mod exports;
#[cfg(all(target_family = "wasm", target_os = "none"))]
mod heap;
mod import;
#[cfg(any(test, all(target_family = "wasm", target_os = "none")))]
mod keeping;
mod log;
#[cfg(all(target_family = "wasm", target_os = "none"))]
mod mem;
mod place;
mod state;
#[cfg(test)]
pub(crate) mod test_host;

pub(crate) use block::Block;
pub use import::ImportFn;
pub(crate) use import::{call_import, fetch_into, touch};
pub(crate) use log::log_import;
pub(crate) use place::Place;
pub(crate) use state::with_runtime;
