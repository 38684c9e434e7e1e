//! The memory of the board, the guest, and the C library.

#[path = "../../examples/firmware/c_library.rs"]
mod c_library;
#[path = "../../examples/firmware/memory_layout.rs"]
mod memory_layout;

use std::env;
use std::path::PathBuf;

const GUESTS: [&str; 2] = ["GUEST", "GUEST_WITHOUT_LIMITS"];

fn main() {
    memory_layout::link("mps2-an385.x");
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
