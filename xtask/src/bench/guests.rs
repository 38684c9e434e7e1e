//! The guests of the benchmarks, in one folder.

use crate::guest::{self, Build};
use crate::project::Project;
use anyhow::Result;
use std::path::PathBuf;

/// Builds them, and returns their folder.
pub fn build(project: &Project) -> Result<PathBuf> {
    let folder = project.target.join("guest/bench");
    project.shell.create_dir(&folder)?;
    for package in ["bench_guest", "bare_guest"] {
        guest::build_as(project, &Build { package, profile: "fast-guest", optimise: "-O3" }, &folder)?;
    }
    let weather = Build { package: guest::EXAMPLE, profile: "guest", optimise: "-Oz" };
    guest::build_as(project, &weather, &folder)?;
    Ok(folder)
}
