//! The memory of the board, the module that is built in, and the C library.

#[path = "../firmware/c_library.rs"]
mod c_library;
#[path = "../firmware/memory_layout.rs"]
mod memory_layout;

use std::env;
use std::path::PathBuf;

fn main() {
    memory_layout::link("mps2-an385.x");
    println!("cargo::rerun-if-env-changed=MODULE");
    if let Some(module) = env::var_os("MODULE").map(PathBuf::from) {
        println!("cargo::rerun-if-changed={}", module.display());
    }
    c_library::link(&["-mcpu=cortex-m3"]);
}
