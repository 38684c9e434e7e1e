//! Kernel, executor and primitives, each used by one of three tasks that do nothing else. `cargo xtask demo node` prints what their code takes.

#![cfg_attr(target_family = "wasm", no_std)]

#[cfg(target_family = "wasm")]
mod raw;
