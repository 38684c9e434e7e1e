//! Builds the guest of `tests/guest` for wasm32v1-none.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The module's bytes.
pub fn build() -> Vec<u8> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guest/lib.rs");
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shapes");
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("target");
    fs::create_dir_all(&package).unwrap();
    fs::write(package.join("Cargo.toml"), manifest(&tests)).unwrap();
    // The same versions as everywhere in the workspace, and nothing to ask the registry for.
    fs::copy(root().join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--target", "wasm32v1-none", "--target-dir"])
        .arg(&target)
        .env_remove("RUSTFLAGS")
        .current_dir(&package)
        .status()
        .unwrap();
    assert!(status.success(), "the guest does not build");
    fs::read(target.join("wasm32v1-none/debug/shapes.wasm")).unwrap()
}

fn manifest(lib: &Path) -> String {
    let guest = root().join("guest");
    format!(
        "[package]\nname = \"shapes\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [workspace]\n\
         [lib]\npath = {lib:?}\ncrate-type = [\"cdylib\"]\n\
         [dependencies]\n\
         aingle_wasm_guest = {{ path = {guest:?} }}\n"
    )
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}
