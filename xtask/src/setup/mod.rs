//! What a machine needs beyond Rust itself.
//!
//! `cargo xtask setup` installs it. All other commands only look, and say what is missing.

mod languages;
mod missing;
mod packages;
mod targets;

use crate::project::Project;
use anyhow::{Result, bail};
use missing::Missing;
use xshell::cmd;

/// Installs what is missing, with one line for each; if it cannot, it says what to run by hand.
pub fn run(project: &Project) -> Result<()> {
    targets::install(project)?;
    packages::install(project)?;
    languages::install(project)?;
    // The sources of wasm3, too, which `cargo build` alone does not download.
    let _dir = project.shell.push_dir(&project.root);
    cmd!(project.shell, "cargo fetch --quiet --locked").quiet().run()?;
    println!("setup: everything is there");
    Ok(())
}

/// Returns an error that names what is missing. It installs nothing.
pub fn check(project: &Project) -> Result<()> {
    refuse(&[targets::missing(project)?, packages::missing(project), languages::missing(project)?].concat())
}

/// Fails if something is missing that firmware in Rust needs: Rust's targets, and tools from packages.
pub fn check_firmware(project: &Project) -> Result<()> {
    refuse(&[targets::missing(project)?, packages::missing(project)].concat())
}

/// Fails if one of these Rust targets is missing, which few commands need. `setup` does not install them.
pub fn check_targets(project: &Project, targets: &[(&'static str, &'static str)]) -> Result<()> {
    let missing = targets::missing_of(project, targets)?;
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().map(|missing| missing.name).collect();
    bail!("missing Rust targets, by hand: rustup target add {}", names.join(" "))
}

fn refuse(missing: &[Missing]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    for Missing { name, why } in missing {
        eprintln!("missing: {name}: {why}");
    }
    bail!("run `cargo xtask setup` first: it installs what is missing")
}
