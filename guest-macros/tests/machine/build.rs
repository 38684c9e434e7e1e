//! Builds the guest that a test names for wasm32v1-none.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The module's bytes.
pub fn build() -> Vec<u8> {
    let name = crate::GUEST;
    let lib = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name).join("lib.rs");
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("target");
    fs::create_dir_all(&package).unwrap();
    fs::write(package.join("Cargo.toml"), manifest(name, &lib)).unwrap();
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
    fs::read(target.join(format!("wasm32v1-none/debug/{name}.wasm"))).unwrap()
}

fn manifest(name: &str, lib: &Path) -> String {
    let guest = root().join("guest");
    format!(
        "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [workspace]\n\
         [lib]\npath = {lib:?}\ncrate-type = [\"cdylib\"]\n\
         [dependencies]\n\
         aingle_wasm_guest = {{ path = {guest:?} }}\n"
    )
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}
