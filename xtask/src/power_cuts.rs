//! Campaigns of power cuts: updates on a flash whose power is cut inside every write and erase.

use crate::project::Project;
use anyhow::Result;
use xshell::cmd;

/// Runs the quick campaign, or the full one, on so many threads.
pub fn run(project: &Project, full: bool, threads: u32) -> Result<()> {
    let (extent, threads) = (if full { "full" } else { "quick" }, threads.to_string());
    let campaign = cmd!(
        project.shell,
        "cargo run --quiet --release --package aingle_wasm_flash_model --bin power-cuts --"
    );
    Ok(campaign.args([extent, "--threads", &threads]).quiet().run()?)
}
