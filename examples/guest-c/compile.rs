//! Compiles the C guest. Tests take this file in with `#[path]`.

use std::path::Path;
use std::process::Command;

/// The flags of the comment in `guest.c`.
const FLAGS: [&str; 9] = [
    "--target=wasm32-unknown-unknown",
    "-mcpu=mvp",
    "-Os",
    "-ffreestanding",
    "-fno-builtin",
    "-nostdlib",
    "-Wl,--no-entry",
    "-Wl,--stack-first",
    "-Wl,-z,stack-size=512",
];

/// Compiles `guest.c` of the folder `source` into a file in `to` and returns the module's bytes.
///
/// # Errors
/// A text that says what was run and what came of it; clang and lld are needed.
pub fn compile(source: &Path, to: &Path) -> Result<Vec<u8>, String> {
    compile_with(source, to, &[])
}

/// As [`compile`], with more files of C or C++.
///
/// # Errors
/// As [`compile`].
pub fn compile_with(source: &Path, to: &Path, more: &[&Path]) -> Result<Vec<u8>, String> {
    let wasm = to.join(format!("guest-c-{}-{}.wasm", std::process::id(), more.len()));
    let mut clang = Command::new("clang");
    clang.args(FLAGS).args(["-Wall", "-Wextra", "-Werror", "-o"]).arg(&wasm);
    clang.arg(source.join("guest.c")).args(more);
    let ran = clang.output().map_err(|error| format!("{clang:?}: {error} (Debian: clang, lld)"))?;
    if !ran.status.success() {
        return Err(format!("{clang:?}: {}\n{}", ran.status, String::from_utf8_lossy(&ran.stderr)));
    }
    std::fs::read(&wasm).map_err(|error| format!("{}: {error}", wasm.display()))
}
