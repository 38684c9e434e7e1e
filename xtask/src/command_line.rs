//! The SDK's command line, for the commands of this project.

use crate::project::Project;
use anyhow::Result;
use std::path::{Path, PathBuf};
use xshell::cmd;

/// The program `aingle-wasm`, without `run`, which these commands do not need, and so without Wasmer.
pub struct CommandLine(PathBuf);

impl CommandLine {
    /// Builds it.
    pub fn build(project: &Project) -> Result<Self> {
        let folder = project.target_for("command-line");
        let build =
            cmd!(project.shell, "cargo build --quiet --package aingle_wasm_cli --no-default-features");
        build.arg("--target-dir").arg(&folder).quiet().run()?;
        Ok(Self(folder.join("debug/aingle-wasm")))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Translates a module for a Cortex-M3, with so many bytes of memory.
    pub fn translate(
        &self,
        project: &Project,
        module: &Path,
        image: &Path,
        memory: u32,
        limits: bool,
    ) -> Result<()> {
        let (program, memory) = (self.path(), memory.to_string());
        cmd!(project.shell, "{program} native {module} --target thumbv7m --memory {memory} --output {image}")
            .args((!limits).then_some("--no-limits"))
            .quiet()
            .ignore_stdout()
            .run()?;
        Ok(())
    }
}
