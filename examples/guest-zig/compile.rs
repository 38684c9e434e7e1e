//! Compiles the Zig guest. Tests take this file in with `#[path]`.

use std::path::Path;
use std::process::Command;

/// The flags of `README.md`.
const FLAGS: [&str; 9] = [
    "-target",
    "wasm32-freestanding",
    "-mcpu=mvp",
    "-OReleaseSmall",
    "-fno-entry",
    "-rdynamic",
    "-fstrip",
    "--stack",
    "512",
];

/// Compiles `guest.zig` of the folder `source` into a file in `to` and returns the module's bytes. The compiler is the
/// one that `cargo xtask setup` put into `tools`.
///
/// # Errors
/// A text that says what is missing, or what was run and what came of it.
pub fn compile(source: &Path, tools: &Path, to: &Path) -> Result<Vec<u8>, String> {
    let tool = tools.join("zig");
    let wanted = std::fs::read(source.join("requirements.txt")).map_err(|error| error.to_string())?;
    if !std::fs::read(tool.join("installed")).is_ok_and(|installed| installed == wanted) {
        return Err("the compiler of Zig is missing: run `cargo xtask setup`".into());
    }
    let wasm = to.join(format!("guest-zig-{}.wasm", std::process::id()));
    let mut zig = Command::new(tool.join("bin/python3"));
    zig.args(["-m", "ziglang", "build-exe"]).arg(source.join("guest.zig")).args(FLAGS);
    // Without these it would write beside the source and into the home folder.
    for cache in ["--cache-dir", "--global-cache-dir"] {
        zig.arg(cache).arg(to.join("zig-cache"));
    }
    zig.arg(format!("-femit-bin={}", wasm.display()));
    let ran = zig.output().map_err(|error| format!("{zig:?}: {error}"))?;
    if !ran.status.success() {
        return Err(format!("{zig:?}: {}\n{}", ran.status, String::from_utf8_lossy(&ran.stderr)));
    }
    std::fs::read(&wasm).map_err(|error| format!("{}: {error}", wasm.display()))
}
