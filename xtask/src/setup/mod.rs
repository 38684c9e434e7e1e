//! What a machine needs beyond Rust itself. Looks before it installs, so that it costs nothing when
//! everything is there.

mod packages;
mod targets;

use crate::project::Project;
use anyhow::Result;

/// Installs what is missing, saying what and why; where it cannot, says what a person would run.
pub fn run(project: &Project) -> Result<()> {
    targets::install(project)?;
    packages::install(project)
}
