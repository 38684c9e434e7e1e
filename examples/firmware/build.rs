//! Chooses the board by the target, and finds the C library of that processor.

mod c_library;
mod memory_layout;

use std::env;
use std::path::{Path, PathBuf};

struct Board {
    target: &'static str,
    name: &'static str,
    /// How the C compiler is told of the processor; it decides which build of the library fits.
    cpu: &'static [&'static str],
}

const BOARDS: [Board; 2] = [
    Board { target: "thumbv7m-none-eabi", name: "lm3s6965evb", cpu: &["-mcpu=cortex-m3"] },
    Board {
        target: "thumbv7em-none-eabihf",
        name: "netduinoplus2",
        cpu: &["-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
    },
];

fn main() {
    let target = env::var("TARGET").unwrap();
    let board = BOARDS.iter().find(|board| board.target == target);
    let board = board.unwrap_or_else(|| panic!("no board has the target {target}; see BOARDS in build.rs"));
    println!("cargo::rustc-check-cfg=cfg(board, values(\"lm3s6965evb\", \"netduinoplus2\"))");
    println!("cargo::rustc-cfg=board=\"{}\"", board.name);
    memory_layout::link(&format!("boards/{}.x", board.name));
    embed_guest();
    c_library::link(board.cpu);
}

/// The guest comes from the variable `GUEST`, or from where `cargo xtask guest` puts it.
fn embed_guest() {
    println!("cargo::rerun-if-env-changed=GUEST");
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/guest/weather_guest.wasm");
    let guest = env::var_os("GUEST").map_or(usual, PathBuf::from);
    let guest = guest.canonicalize().unwrap_or_else(|error| {
        panic!(
            "no guest at {}: {error}; `cargo xtask guest` builds it in a checkout of the SDK, and elsewhere the variable GUEST names it",
            guest.display()
        )
    });
    println!("cargo::rerun-if-changed={}", guest.display());
    println!("cargo::rustc-env=GUEST={}", guest.display());
}
