//! Links the C library of a Cortex-M into a firmware. For build scripts.

use std::env;
use std::path::PathBuf;
use std::process::Command;

/// Links it before Rust's own, which has the same helpers for floats and for copies, but larger: who defines a name
/// first is taken. wasm3, which is C, needs mathematics besides. `cpu` tells the C compiler of the processor, which decides
/// which build of the library fits.
pub fn link(cpu: &[&str]) {
    for library in ["c_nano", "gcc"] {
        println!("cargo::rustc-link-search=native={}", find(library, cpu).parent().unwrap().display());
        println!("cargo::rustc-link-lib=static:-bundle={library}");
    }
    if env::var_os("CARGO_FEATURE_WASM3").is_some() {
        println!("cargo::rustc-link-arg-bins={}", find("m", cpu).display());
    }
}

fn find(library: &str, cpu: &[&str]) -> PathBuf {
    let mut gcc = Command::new("arm-none-eabi-gcc");
    let found = gcc.args(cpu).arg("-mthumb").arg(format!("-print-file-name=lib{library}.a")).output();
    let found =
        found.unwrap_or_else(|error| panic!("arm-none-eabi-gcc: {error}; `cargo xtask setup` installs it"));
    let path = PathBuf::from(String::from_utf8(found.stdout).unwrap().trim());
    assert!(path.is_file(), "arm-none-eabi-gcc has no lib{library}.a for {cpu:?}");
    path
}
