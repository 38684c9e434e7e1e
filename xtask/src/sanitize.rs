//! wasm3's C code under AddressSanitizer, which sees reads and writes outside what was allocated.

use crate::project::Project;
use anyhow::{Result, ensure};
use xshell::cmd;

/// With a target that is named, build scripts and macros are not instrumented.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// What wasm3 keeps for later is no leak: it frees a module with its runtime.
const OPTIONS: &str = "detect_leaks=0";

/// Instrumented functions keep their frames: there are no tail calls.
const TAIL_CALLS: &str = "the_c_core_is_compiled_with_tail_calls";

/// Runs the tests of the engine in it, C and Rust instrumented: specification tests and damaged modules among them.
pub fn run(project: &Project) -> Result<()> {
    let sh = &project.shell;
    ensure!(
        cfg!(all(target_os = "linux", target_arch = "x86_64")),
        "AddressSanitizer is run on x86-64 Linux"
    );
    let target_dir = project.target_for("sanitized");
    let _c = sh.push_env("CFLAGS_x86_64_unknown_linux_gnu", "-fsanitize=address -fno-omit-frame-pointer");
    let _rust = sh.push_env("CARGO_ENCODED_RUSTFLAGS", "-Zsanitizer=address");
    let _options = sh.push_env("ASAN_OPTIONS", OPTIONS);
    cmd!(sh, "cargo +nightly test --quiet --package aingle_wasm_host_embedded --features wasm3 --test wasm3")
        .args(["--target", TARGET, "--target-dir"])
        .arg(&target_dir)
        .args(["--", "--skip", TAIL_CALLS])
        .quiet()
        .run()?;
    Ok(())
}
