//! The wasm3 interpreter 0.9.0, as the AIngle hosts use it.
//!
//! wasm3's C core is compiled from the sources that the package `wasm3x-sys` 0.2.1 brings; README.md of this crate says
//! where they are looked for and what is changed in them. Its public interface is not used: `csrc/aingle_wasm3.h` has the
//! functions that put a module together, validate it and call it, and `sys.rs` the same in Rust.

#![no_std]

#[cfg(all(feature = "c-heap", target_os = "none"))]
extern crate alloc;

mod sys;

pub use sys::*;

include!(concat!(env!("OUT_DIR"), "/limits.rs"));
