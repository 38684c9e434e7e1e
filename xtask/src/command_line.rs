//! The SDK's command line, for the commands of this project.

use crate::project::Project;
use anyhow::Result;
use std::path::PathBuf;
use xshell::cmd;

/// Builds it, and returns where it is. It is without `run`, which nothing here needs, and so without Wasmer.
pub fn build(project: &Project) -> Result<PathBuf> {
    let folder = project.target_for("command-line");
    let build = cmd!(project.shell, "cargo build --quiet --package aingle_wasm_cli --no-default-features");
    build.arg("--target-dir").arg(&folder).quiet().run()?;
    Ok(folder.join("debug/aingle-wasm"))
}
