//! Hostile trials against all hosts: `tests/conformance/src/campaign`.

use crate::project::Project;
use anyhow::Result;
use xshell::cmd;

/// Runs one trial or all, for so many minutes each.
pub fn run(project: &Project, minutes: f64, seed: u64, trial: Option<&str>, release: bool) -> Result<()> {
    let numbers = [minutes.to_string(), seed.to_string()];
    // Of the optimised profiles, the one of the benchmarks is built soonest.
    let profile = if release { "bench" } else { "dev" };
    let campaign = cmd!(project.shell, "cargo run --quiet --profile {profile} --package aingle_wasm_tests");
    Ok(campaign.args(["--bin", "campaign", "--"]).args(numbers).args(trial).quiet().run()?)
}
