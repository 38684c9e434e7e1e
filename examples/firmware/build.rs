//! Chooses the board by the target, and finds the C library of that processor.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

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
    memory_layout(board);
    embed_guest();
    if env::var_os("CARGO_FEATURE_WASM3").is_some() {
        link_c_library(board);
    }
}

fn memory_layout(board: &Board) {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    let layout = format!("boards/{}.x", board.name);
    fs::copy(&layout, out.join("memory.x")).unwrap();
    println!("cargo::rerun-if-changed={layout}");
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-link-arg-bins=--nmagic");
}

/// The guest comes from the variable `GUEST`, or from where `cargo xtask guest` puts it.
fn embed_guest() {
    println!("cargo::rerun-if-env-changed=GUEST");
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/guest/weather_guest.wasm");
    let guest = env::var_os("GUEST").map_or(usual, PathBuf::from);
    let guest = guest.canonicalize().unwrap_or_else(|error| {
        panic!("no guest at {}: {error}; `cargo xtask guest` builds it", guest.display())
    });
    println!("cargo::rerun-if-changed={}", guest.display());
    println!("cargo::rustc-env=GUEST={}", guest.display());
}

/// wasm3 is C. It needs memcpy and its kin, mathematics, and the compiler's own helpers.
fn link_c_library(board: &Board) {
    for library in ["libc_nano.a", "libm.a", "libgcc.a"] {
        let path = find(library, board);
        println!("cargo::rustc-link-arg-bins={}", path.display());
    }
}

fn find(library: &str, board: &Board) -> PathBuf {
    let mut gcc = Command::new("arm-none-eabi-gcc");
    let found = gcc.args(board.cpu).arg("-mthumb").arg(format!("-print-file-name={library}")).output();
    let found =
        found.unwrap_or_else(|error| panic!("arm-none-eabi-gcc: {error}; `cargo xtask setup` installs it"));
    let path = PathBuf::from(String::from_utf8(found.stdout).unwrap().trim());
    assert!(path.is_file(), "arm-none-eabi-gcc has no {library} for {:?}", board.cpu);
    path
}
