//! The failsafe as a guest. Its one export, `run`, does not return while its three tasks run.
//!
//! The imports of the module are the whole native surface: five functions of the module `nano`.

#![cfg_attr(target_family = "wasm", no_std)]

#[cfg(target_family = "wasm")]
mod raw;
