//! The memory of the board, the module that is built in, and the C library.

#[path = "../firmware/c_library.rs"]
mod c_library;
#[path = "../firmware/memory_layout.rs"]
mod memory_layout;

use std::env;
use std::path::PathBuf;

fn main() {
    memory_layout::link("mps2-an385.x");
    for name in ["MODULE", "BLOB", "ANNOUNCEMENT"] {
        println!("cargo::rerun-if-env-changed={name}");
        if let Some(file) = env::var_os(name).map(PathBuf::from) {
            println!("cargo::rerun-if-changed={}", file.display());
        }
    }
    c_library::link(&["-mcpu=cortex-m3"]);
}
