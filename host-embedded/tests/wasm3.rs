//! wasm3, with modules written by hand.
#![cfg(feature = "wasm3")]

#[path = "wasm3/calls.rs"]
mod calls;
#[path = "wasm3/guest.rs"]
mod guest;
#[path = "wasm3/limits.rs"]
mod limits;
#[path = "wasm3/refusals.rs"]
mod refusals;
#[path = "wasm3/spec.rs"]
mod spec;
#[path = "wasm3/traps.rs"]
mod traps;
