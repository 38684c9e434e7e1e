//! A guest without the SDK: what Wasmer costs by hand, and what the envelope cost in its first prototype.
//!
//! Off WebAssembly there is nothing here.
#![cfg_attr(target_family = "wasm", no_std)]
#![deny(unsafe_code)]

#[cfg(target_family = "wasm")]
extern crate alloc;
#[cfg(target_family = "wasm")]
mod raw;
