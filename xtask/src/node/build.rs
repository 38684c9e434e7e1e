//! Builds images and firmware of the smallest node.

use crate::command_line::CommandLine;
use crate::guest;
use crate::guest::Build;
use crate::project::Project;
use crate::recipe::{self, SMALL};
use anyhow::Result;
use std::path::{Path, PathBuf};
use xshell::cmd;

const TARGET: &str = "thumbv7m-none-eabi";
/// The folder of builds.
pub const FOLDER: &str = "failsafe";
/// The node's memory in bytes: the stack of `examples/failsafe/guest/build.rs`, and the data.
const MEMORY: u32 = 2480;

/// How the node is built: as small guests are, except that loops are unrolled. Without that a step of the mixer takes three times as long.
const NODE: Build<'static> = Build {
    package: "failsafe_guest",
    profile: "guest",
    llvm: &["--inline-threshold=25"],
    optimise: &SMALL,
    features: &[],
    whole: true,
    name: "failsafe_guest",
};

/// Builds the module of the node, translates it, and returns the image.
pub fn image(project: &Project) -> Result<PathBuf> {
    let module = guest::build_as(project, &NODE, &project.target.join("guest"))?;
    translate(project, &module, MEMORY)
}

/// Builds another module as the node is built, translates it, and returns the image.
pub fn alike(project: &Project, package: &str) -> Result<PathBuf> {
    let module =
        guest::build_as(project, &Build { package, name: package, ..NODE }, &project.target.join("guest"))?;
    translate(project, &module, 1280)
}

/// Builds another module as the node is built, and returns what the compiler made, before wasm-opt.
pub fn module(project: &Project, package: &str) -> Result<PathBuf> {
    guest::build_as(project, &Build { package, name: package, ..NODE }, &project.target.join("guest"))?;
    let folder = project.target_for("wasm").join(recipe::TARGET).join(NODE.profile);
    Ok(folder.join(package).with_extension("wasm"))
}

/// Builds kernel, executor and primitives alone, as small as they can be, translates them, and returns the image. With tasks, three use
/// each primitive; without, there is an export for each operation.
pub fn bare(project: &Project, with_tasks: bool) -> Result<PathBuf> {
    let name = if with_tasks { "nano_bare" } else { "nano_operations" };
    let build = Build { whole: with_tasks, name, ..Build::small("nano_bare") };
    let module = guest::build_as(project, &build, &project.target.join("guest"))?;
    translate(project, &module, 1280)
}

/// Translates a module without limits: `run` does not return, so that no budget of a call fits it.
fn translate(project: &Project, module: &Path, memory: u32) -> Result<PathBuf> {
    let folder = project.target_for(FOLDER);
    project.shell.create_dir(&folder)?;
    let name = module.file_stem().unwrap_or_default();
    let image = folder.join(name).with_extension("image");
    CommandLine::build(project)?.translate(project, module, &image, memory, false)?;
    Ok(image)
}

/// Builds a package of the firmware with these features, and returns the folder of its programs.
pub fn firmware(project: &Project, package: &str, features: &str) -> Result<PathBuf> {
    let sh = &project.shell;
    let target_dir = project.target_for(FOLDER);
    let _rustflags = sh.push_env("CARGO_ENCODED_RUSTFLAGS", project.short_paths().join("\x1f"));
    let _dir = sh.push_dir(project.root.join("examples/failsafe/firmware"));
    cmd!(sh, "cargo build --quiet --release --package {package} --target {TARGET} --target-dir")
        .arg(&target_dir)
        .args(["--features", features])
        .quiet()
        .run()?;
    Ok(target_dir.join(TARGET).join("release"))
}
