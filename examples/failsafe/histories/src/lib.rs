//! All short histories of the primitives, and the mixer, as a guest. It imports nothing.

#![cfg_attr(target_family = "wasm", no_std)]

#[cfg(target_family = "wasm")]
mod raw;
