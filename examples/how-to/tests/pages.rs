//! Every Rust program of `docs/how-to` and of the crates' READMEs compiles, and runs to its end.
//!
//! `tests/conformance/tests/readme.rs` checks that the pages have no other Rust code.
#![allow(dead_code, reason = "a page shows functions that only a host calls")]

use std::error::Error;
use std::process::Command;
use std::sync::Once;
use std::{env, fs};

/// Runs a program in a folder that has the guests of the pages.
fn run(main: fn() -> Result<(), Box<dyn Error>>) {
    static FOLDER: Once = Once::new();
    FOLDER.call_once(|| {
        env::set_current_dir(env!("CARGO_TARGET_TMPDIR")).expect("cargo made it");
        for name in ["station", "fetcher"] {
            fs::copy(guest(name), format!("{name}.wasm")).expect("copied");
        }
    });
    main().expect("the program ends without an error");
}

/// Builds a guest, and returns its path.
fn guest(name: &str) -> String {
    let xtask = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "xtask", "--", "guest", name])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("cargo runs");
    assert!(xtask.status.success(), "{}", String::from_utf8_lossy(&xtask.stderr));
    String::from_utf8(xtask.stdout).expect("a path").trim().to_owned()
}

include!(concat!(env!("OUT_DIR"), "/pages.rs"));
