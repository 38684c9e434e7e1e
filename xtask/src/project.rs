//! Where the project lies, and how commands are run in it.

use crate::recipe;
use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};
use xshell::Shell;

/// The project: its folder, its target folder, and a shell that stands in it.
pub struct Project {
    /// The repository's root.
    pub root: PathBuf,
    /// Where builds go.
    pub target: PathBuf,
    /// A shell whose working directory is the root.
    pub shell: Shell,
}

impl Project {
    /// Finds the project that this program was built in.
    pub fn open() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in no project")?;
        let shell = Shell::new()?;
        shell.change_dir(root);
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        Ok(Self { root: root.to_owned(), target, shell })
    }

    /// Whether a program of this name can be run.
    pub fn has_program(&self, name: &str) -> bool {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path).any(|dir| dir.join(name).is_file())
    }

    /// A folder of its own for builds that must not wait for, or disturb, the ordinary ones.
    pub fn target_for(&self, what: &str) -> PathBuf {
        self.target.join(what)
    }

    /// What tells the compiler to keep this machine's folders out of what it builds, because panics name their file.
    pub fn short_paths(&self) -> Vec<String> {
        recipe::short_paths(&self.root)
    }
}
