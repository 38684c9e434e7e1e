//! The memory of the board, the guest, and the C library.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

const LAYOUT: &str = "mps2-an385.x";
const GUESTS: [&str; 2] = ["GUEST", "GUEST_WITHOUT_LIMITS"];

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    fs::copy(LAYOUT, out.join("memory.x")).unwrap();
    println!("cargo::rerun-if-changed={LAYOUT}");
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-link-arg-bins=--nmagic");
    for name in GUESTS {
        println!("cargo::rerun-if-env-changed={name}");
        if let Some(guest) = env::var_os(name).map(PathBuf::from) {
            println!("cargo::rerun-if-changed={}", guest.display());
        }
    }
    let has = |feature| env::var_os(feature).is_some();
    if has("CARGO_FEATURE_ENGINE") {
        ["c_nano", "gcc"].into_iter().for_each(link_before);
    }
    if has("CARGO_FEATURE_WASM3") {
        println!("cargo::rustc-link-arg-bins={}", find("m").display());
    }
}

/// Links a library of C's before Rust's own, which have the same helpers for floats and for copies, but larger: who
/// defines a name first is taken.
fn link_before(library: &str) {
    println!("cargo::rustc-link-search=native={}", find(library).parent().unwrap().display());
    println!("cargo::rustc-link-lib=static:-bundle={library}");
}

fn find(library: &str) -> PathBuf {
    let file = format!("-print-file-name=lib{library}.a");
    let found = Command::new("arm-none-eabi-gcc").args(["-mcpu=cortex-m3", "-mthumb", &file]).output();
    let found = found.unwrap_or_else(|error| panic!("arm-none-eabi-gcc: {error}"));
    let path = PathBuf::from(String::from_utf8(found.stdout).unwrap().trim());
    assert!(path.is_file(), "arm-none-eabi-gcc has no lib{library}.a");
    path
}
