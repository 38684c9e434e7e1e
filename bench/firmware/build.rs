//! The memory of the board, the guest, and the C library.

#[path = "../../examples/firmware/c_library.rs"]
mod c_library;

use std::path::PathBuf;
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
    if env::var_os("CARGO_FEATURE_ENGINE").is_some() {
        c_library::link(&["-mcpu=cortex-m3"]);
    }
}
