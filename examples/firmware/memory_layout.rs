//! Gives the linker the memory of a board. For build scripts.

use std::path::PathBuf;
use std::{env, fs};

/// Takes this file as the `memory.x` that the linker script of `cortex-m-rt` includes, and links with that script.
pub fn link(layout: &str) {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    fs::copy(layout, out.join("memory.x")).unwrap();
    println!("cargo::rerun-if-changed={layout}");
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-link-arg-bins=--nmagic");
}
