//! Compiles the AssemblyScript guest. Tests take this file in with `#[path]`.

use std::path::Path;
use std::process::Command;

/// Compiles `guest.ts` of the folder `source` into a file in `to` and returns the module's bytes. The options are in
/// `asconfig.json`. The compiler is the one that `cargo xtask setup` put into `tools`.
///
/// # Errors
/// A text that says what is missing, or what was run and what came of it.
pub fn compile(source: &Path, tools: &Path, to: &Path) -> Result<Vec<u8>, String> {
    let tool = tools.join("assemblyscript");
    let wanted = std::fs::read(source.join("package-lock.json")).map_err(|error| error.to_string())?;
    if !std::fs::read(tool.join("installed")).is_ok_and(|installed| installed == wanted) {
        return Err("the compiler of AssemblyScript is missing: run `cargo xtask setup`".into());
    }
    let wasm = to.join(format!("guest-assemblyscript-{}.wasm", std::process::id()));
    let mut asc = Command::new("node");
    asc.arg(tool.join("node_modules/assemblyscript/bin/asc.js")).arg("guest.ts");
    asc.arg("--outFile").arg(&wasm).current_dir(source);
    let ran = asc.output().map_err(|error| format!("{asc:?}: {error}"))?;
    if !ran.status.success() {
        return Err(format!("{asc:?}: {}\n{}", ran.status, String::from_utf8_lossy(&ran.stderr)));
    }
    std::fs::read(&wasm).map_err(|error| format!("{}: {error}", wasm.display()))
}
