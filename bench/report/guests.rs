//! The guests of the benchmarks, in one folder.

use crate::command_line::CommandLine;
use crate::guest::{self, Build};
use crate::limits;
use crate::project::Project;
use crate::recipe::{FAST, SERVER};
use anyhow::Result;
use std::path::{Path, PathBuf};
use xshell::cmd;

/// What the guests of all candidates use: instructions that copy memory and extend signs.
const COMMON: &[(&str, &str)] = &[("bulk-memory", "bulk-memory"), ("sign-ext", "sign-ext")];

/// The guest for microcontrollers, and the same with limits in it.
pub const SMALL: &str = "small_guest";
pub const SMALL_LIMITED: &str = "small_limited_guest";

/// The same, translated for a Cortex-M3: with 8 KiB of memory, and with a page of it, with limits and without.
pub const NATIVE: &str = "small_native";
pub const NATIVE_LIMITED: &str = "small_native_limited";
pub const NATIVE_PAGE: &str = "small_native_page";

/// Computations, as a module and as native images, with limits and without.
pub const KERNELS: &str = "kernels";
pub const KERNELS_LIMITED: &str = "kernels_limited";

/// What the name of a native image ends with.
pub const IMAGE: &str = "image";

/// Builds them, and returns their folder.
pub fn build(project: &Project) -> Result<PathBuf> {
    let folder = project.target.join("guest/bench");
    let fast = |package, name, features| Build {
        package,
        profile: "fast-guest",
        llvm: &[],
        optimise: &FAST,
        features,
        whole: true,
        name,
    };
    for build in [
        fast("bench_guest", "server_guest", &SERVER),
        fast("bench_guest", "bench_guest", COMMON),
        fast("bare_guest", "bare_guest", COMMON),
        fast("bench_guest", "portable_guest", &[]),
        Build::small(guest::EXAMPLE),
        // For microcontrollers.
        Build { whole: false, name: SMALL, ..Build::small("bench_guest") },
        Build { whole: false, name: "small_bare_guest", ..Build::small("bare_guest") },
    ] {
        guest::build_as(project, &build, &folder)?;
    }
    guest::build_plain(project, "bench_guest", "plain_guest", &folder)?;
    let module = |name: &str| folder.join(name).with_extension("wasm");
    limits::put_into(project, &module(SMALL), &module(SMALL_LIMITED))?;
    let command_line = CommandLine::build(project)?;
    let translate = |module_name, image: &str, memory, limits| {
        let image = folder.join(image).with_extension(IMAGE);
        command_line.translate(project, &module(module_name), &image, memory, limits)
    };
    translate(SMALL, NATIVE, 8 * 1024, false)?;
    translate(SMALL, NATIVE_PAGE, 64 * 1024, false)?;
    translate(SMALL, NATIVE_LIMITED, 64 * 1024, true)?;
    kernels(project, &folder)?;
    limits::put_into(project, &module(KERNELS), &module(KERNELS_LIMITED))?;
    translate(KERNELS, KERNELS, 64 * 1024, false)?;
    translate(KERNELS, KERNELS_LIMITED, 64 * 1024, true)?;
    Ok(folder)
}

/// Builds the computations, which `crates/aot` tests with, as small guests are built.
fn kernels(project: &Project, folder: &Path) -> Result<()> {
    let source = project.root.join("crates/aot/tests/guest/raw.rs");
    let module = folder.join(KERNELS).with_extension("wasm");
    cmd!(project.shell, "rustc --edition 2024 --target wasm32v1-none --crate-type cdylib --crate-name guest")
        .args(["-Copt-level=2", "-Cpanic=abort", "-Ccodegen-units=1", "-Cstrip=symbols"])
        .args(["-Clink-arg=-zstack-size=8192", "-Clink-arg=--stack-first", "-o"])
        .args([&module, &source])
        .quiet()
        .run()?;
    Ok(())
}
