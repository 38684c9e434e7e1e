//! The demo of fleets: `examples/fleet`, with the firmware of `examples/ota`.

use crate::project::Project;
use crate::{ota, setup};
use anyhow::Result;
use xshell::cmd;

/// Starts brokers, devices and hosts, kills some of them, prints a table, and fails if a row is not as it should be.
pub fn demo(project: &Project) -> Result<()> {
    setup::check(project)?;
    let modules = ota::modules(project)?;
    let firmware = ota::firmware(project, ota::ALL, &modules)?;
    let sh = &project.shell;
    // With the whole workspace, so that nothing is built twice.
    cmd!(sh, "cargo build --quiet --workspace --bin aingle-wasm --bin fleet_demo").quiet().run()?;
    let [program, command_line] =
        ["fleet_demo", "aingle-wasm"].map(|name| project.target.join("debug").join(name));
    Ok(cmd!(sh, "{program} {firmware} {modules} {command_line}").quiet().run()?)
}
