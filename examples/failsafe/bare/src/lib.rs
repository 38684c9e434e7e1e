//! Kernel, executor and primitives by themselves. `cargo xtask demo node` prints what their code takes.
//!
//! With the feature `tasks`, which is a default, three tasks use each primitive, and do nothing else. Without it there is an export for
//! each operation, and no task.

#![cfg_attr(target_family = "wasm", no_std)]

#[cfg(target_family = "wasm")]
mod raw;
