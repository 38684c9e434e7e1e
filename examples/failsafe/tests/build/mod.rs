//! Builds a guest as the firmware has it. Tests of guests take this file in with `#[path]`.

use std::path::Path;
use std::process::Command;

/// Returns the module of the package that is tested, whose library has this name.
pub fn module(name: &str) -> Vec<u8> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--lib",
            "--target",
            "wasm32v1-none",
            "--profile",
            "guest",
            "--target-dir",
        ])
        .arg(&target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_ENCODED_RUSTFLAGS", "-Cllvm-args=--inline-threshold=25")
        .status()
        .expect("cargo runs");
    assert!(built.success());
    std::fs::read(target.join("wasm32v1-none/guest").join(name).with_extension("wasm")).expect("a module")
}
