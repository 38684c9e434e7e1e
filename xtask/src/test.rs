//! All tests, in the order in which they fail fastest. What CI runs.

use crate::demo::{self, Server};
use crate::project::Project;
use crate::{bench, guest, portable, setup};
use anyhow::{Result, bail};
use std::time::Instant;
use xshell::cmd;

/// A name and what it does. A new step is a new line.
type Step = (&'static str, fn(&Project) -> Result<()>);

const STEPS: &[Step] = &[
    ("format", format),
    ("guest", |project| guest::build(project).map(drop)),
    ("portable builds", portable::build_all),
    ("clippy", clippy),
    ("documentation", documentation),
    ("tests", tests),
    ("fuzz targets, bounded", fuzz),
    ("demo on every engine", |project| demo::run(project, None, Server::Tested)),
    ("counts of the firmware", bench::counts::check),
];

/// Runs every step, also after one has failed, and says at the end which did.
pub fn run(project: &Project, only: Option<&str>) -> Result<()> {
    setup::run(project)?;
    let steps: Vec<_> =
        STEPS.iter().filter(|(name, _)| only.is_none_or(|text| name.contains(text))).collect();
    if steps.is_empty() {
        bail!(
            "no step is called so; there are: {}",
            STEPS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        );
    }
    let failed: Vec<_> = steps.iter().filter(|step| !passes(project, step)).map(|(name, _)| *name).collect();
    println!("xtask test: {} steps passed, {} failed", steps.len() - failed.len(), failed.len());
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

fn passes(project: &Project, (name, step): &Step) -> bool {
    println!("\n== {name}");
    let began = Instant::now();
    let result = step(project);
    let seconds = began.elapsed().as_secs();
    match &result {
        Ok(()) => println!("== {name}: passed in {seconds} s"),
        Err(error) => println!("== {name}: FAILED after {seconds} s: {error:#}"),
    }
    result.is_ok()
}

fn format(project: &Project) -> Result<()> {
    Ok(cmd!(project.shell, "cargo fmt --all --check").run()?)
}

fn clippy(project: &Project) -> Result<()> {
    Ok(cmd!(project.shell, "cargo clippy --quiet --workspace --all-targets -- -D warnings").run()?)
}

fn documentation(project: &Project) -> Result<()> {
    let _flags = project.shell.push_env("RUSTDOCFLAGS", "-D warnings");
    Ok(cmd!(project.shell, "cargo doc --quiet --workspace --no-deps").run()?)
}

fn tests(project: &Project) -> Result<()> {
    Ok(cmd!(project.shell, "cargo test --workspace --no-fail-fast").run()?)
}

/// A bounded run of every fuzz target, which are a workspace of their own.
fn fuzz(project: &Project) -> Result<()> {
    let _dir = project.shell.push_dir(project.root.join("fuzz"));
    let target = project.target_for("fuzz");
    Ok(cmd!(project.shell, "cargo test --quiet --target-dir {target}").run()?)
}
