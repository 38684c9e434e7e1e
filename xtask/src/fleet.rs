//! The demo of fleets: `examples/fleet`, with the firmware of `examples/ota`.

use crate::project::Project;
use crate::{ota, qemu, setup};
use anyhow::{Result, ensure};
use std::path::Path;
use xshell::cmd;

/// Far more than a board takes to fetch, restart and confirm.
const SECONDS: u64 = 60;

/// Starts brokers, devices and hosts, kills some of them, prints a table, and fails if a row is not as it should be.
pub fn demo(project: &Project) -> Result<()> {
    setup::check(project)?;
    let modules = ota::modules(project)?;
    client(project, &modules)?;
    let firmware = ota::firmware(project, ota::ALL, &modules)?;
    let sh = &project.shell;
    // With the whole workspace and a test, so that dependencies have the features that they have for tests, and are not built twice.
    cmd!(sh, "cargo build --quiet --workspace --bin aingle-wasm --bin fleet_demo --test readme")
        .quiet()
        .run()?;
    let [program, command_line] =
        ["fleet_demo", "aingle-wasm"].map(|name| project.target.join("debug").join(name));
    Ok(cmd!(sh, "{program} {firmware} {modules} {command_line}").quiet().run()?)
}

/// Runs the client of a fleet on a Cortex-M3: it takes what its group is announced, restarts, tries and confirms it.
fn client(project: &Project, modules: &Path) -> Result<()> {
    let firmware = ota::firmware(project, ota::FLEET, modules)?;
    let said = qemu::run(project, qemu::MPS2, &firmware, SECONDS)?;
    ensure!(
        said.contains("received") && said.contains("runs version 1, sequence 1"),
        "the client of a fleet does not take its module; the board says:\n{said}"
    );
    println!("A Cortex-M3 has taken what its group was announced.");
    Ok(())
}
