//! The memory of the board, and the blob.

use std::path::PathBuf;
use std::{env, fs};

const LAYOUT: &str = "../mps2-an385.x";

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    fs::copy(LAYOUT, out.join("memory.x")).unwrap();
    println!("cargo::rerun-if-changed={LAYOUT}");
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-link-arg-bins=--nmagic");
    println!("cargo::rerun-if-env-changed=BLOB");
}
