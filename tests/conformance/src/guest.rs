//! Builds a guest once, by the project's own command.

use std::collections::HashMap;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

static BUILT: Mutex<Option<HashMap<String, &'static [u8]>>> = Mutex::new(None);

/// The bytes of the guest package of this name, built for `wasm32v1-none` as `cargo xtask guest` does.
///
/// # Panics
/// When it cannot be built: the test cannot run.
pub fn guest(package: &str) -> &'static [u8] {
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let built = built.get_or_insert_default();
    built.entry(package.to_owned()).or_insert_with(|| build(package).leak())
}

fn build(package: &str) -> Vec<u8> {
    let xtask = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "xtask", "--", "guest", package])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("cargo runs");
    assert!(xtask.status.success(), "{}", String::from_utf8_lossy(&xtask.stderr));
    let path = String::from_utf8(xtask.stdout).expect("a path");
    std::fs::read(path.trim()).expect("the guest was built")
}
