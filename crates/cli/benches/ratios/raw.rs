//! Machine code that was compiled before, loaded by hand.

#![allow(unsafe_code, reason = "code that is loaded is code that runs")]

use std::path::Path;
use wasmtime::{Engine, Module};

/// Loads the code of a file that this program wrote.
pub fn load(engine: &Engine, path: &Path) -> Module {
    // SAFETY: `by_hand` wrote the file in this run, from `Module::serialize`, into a folder of its own.
    unsafe { Module::deserialize_file(engine, path) }.expect("the code")
}
