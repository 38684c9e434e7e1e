//! Hostile trials against all hosts: `tests/conformance/src/campaign`.

use crate::project::Project;
use anyhow::Result;
use xshell::cmd;

/// Runs one trial or all, for so many minutes each.
pub fn run(project: &Project, minutes: f64, seed: u64, trial: Option<&str>) -> Result<()> {
    let numbers = [minutes.to_string(), seed.to_string()];
    let campaign = cmd!(project.shell, "cargo run --quiet --package aingle_wasm_tests --bin campaign --");
    Ok(campaign.args(numbers).args(trial).quiet().run()?)
}
