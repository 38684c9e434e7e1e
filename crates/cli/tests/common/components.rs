//! The components of `tests/components`, built once for each test program.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Returns the bytes of a component.
pub fn component(name: &str) -> Vec<u8> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(build);
    std::fs::read(folder.join(format!("{name}.wasm"))).unwrap()
}

fn build() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("components");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--package", "wasi_components", "--examples"])
        .args(["--target", "wasm32-wasip2", "--target-dir"])
        .arg(&target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("RUSTFLAGS")
        .status()
        .unwrap();
    assert!(status.success(), "the components do not compile: `cargo xtask setup` installs the target");
    target.join("wasm32-wasip2/release/examples")
}
