//! The guests of the benchmarks, in one folder.

use crate::guest::{self, Build};
use crate::limits;
use crate::project::Project;
use anyhow::Result;
use std::path::PathBuf;

/// What a guest for servers may use: instructions that copy memory and extend signs.
const SERVER: &[&str] = &["bulk-memory", "sign-ext"];

/// The guest for microcontrollers, and the same with limits in it.
pub const SMALL: &str = "small_guest";
pub const SMALL_LIMITED: &str = "small_limited_guest";

/// Builds them, and returns their folder.
pub fn build(project: &Project) -> Result<PathBuf> {
    let folder = project.target.join("guest/bench");
    let fast = |package, name, features| Build {
        package,
        profile: "fast-guest",
        llvm: &[],
        optimise: &["-O3"],
        features,
        whole: true,
        name,
    };
    for build in [
        fast("bench_guest", "bench_guest", SERVER),
        fast("bare_guest", "bare_guest", SERVER),
        fast("bench_guest", "portable_guest", &[]),
        Build::small(guest::EXAMPLE),
        // For microcontrollers.
        Build { whole: false, name: SMALL, ..Build::small("bench_guest") },
        Build { whole: false, name: "small_bare_guest", ..Build::small("bare_guest") },
    ] {
        guest::build_as(project, &build, &folder)?;
    }
    let module = |name: &str| folder.join(name).with_extension("wasm");
    limits::put_into(project, &module(SMALL), &module(SMALL_LIMITED))?;
    Ok(folder)
}
