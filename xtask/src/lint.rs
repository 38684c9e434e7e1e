//! Clippy, also for what is compiled only for WebAssembly.

use crate::project::Project;
use anyhow::Result;
use xshell::cmd;

/// Guests, each with other features of the guest crate: the fewest, and all.
const GUESTS: [&[&str]; 2] = [
    &["--no-default-features", "--package", "weather_guest"],
    &["--features", "aingle_wasm_guest/text", "--package", "conformance_guest"],
];

/// What guests are made of.
const BELOW: [&str; 6] =
    ["--package", "aingle_wasm_types", "--package", "aingle_wasm_codec", "--package", "aingle_wasm_guest"];

/// Looks at the workspace, and at guests as they are built.
pub fn run(project: &Project) -> Result<()> {
    let sh = &project.shell;
    cmd!(sh, "cargo clippy --quiet --workspace --all-targets -- -D warnings").run()?;
    guests(project)
}

fn guests(project: &Project) -> Result<()> {
    for guest in GUESTS {
        cmd!(project.shell, "cargo clippy --quiet --lib --target wasm32v1-none")
            .args(BELOW)
            .args(guest)
            .args(["--", "-D", "warnings"])
            .run()?;
    }
    Ok(())
}
