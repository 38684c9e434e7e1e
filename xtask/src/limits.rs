//! Portable limits: guests that carry them, and random modules on all engines.

use crate::guest;
use crate::project::Project;
use anyhow::Result;
use std::path::{Path, PathBuf};
use xshell::cmd;

/// Builds the guest of a package with limits in it, and returns where it is.
pub fn build_package(project: &Project, package: &str) -> Result<PathBuf> {
    let plain = guest::build_package(project, package)?;
    let limited = plain.with_extension("limited.wasm");
    println!("{}", put_into(project, &plain, &limited)?);
    Ok(limited)
}

/// Puts limits into a module, at the default prices, and returns what a device has to know of them.
pub fn put_into(project: &Project, plain: &Path, limited: &Path) -> Result<String> {
    let put =
        cmd!(project.shell, "cargo run --quiet --package aingle_wasm_metering --bin aingle-wasm-limits --");
    Ok(put.args([plain, limited]).quiet().read()?)
}

/// Runs random modules on all engines, from this seed on, and says where they differ.
pub fn differ(project: &Project, minutes: u64, seed: u64) -> Result<()> {
    let numbers = [minutes, seed].map(|number| number.to_string());
    cmd!(project.shell, "cargo run --quiet --package aingle_wasm_tests --bin differ --")
        .args(numbers)
        .quiet()
        .run()?;
    Ok(())
}
