//! All tests, in the order in which they fail fastest. What CI runs.

use crate::demo::{self, Server};
use crate::project::Project;
use crate::{bench, fleet, guest, lint, node, ota, portable, setup};
use anyhow::{Result, bail};
use std::time::Instant;
use xshell::cmd;

/// One step. A new step is a new line.
struct Step {
    name: &'static str,
    tier: Tier,
    run: fn(&Project) -> Result<()>,
}

/// When a step runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Always.
    Fast,
    /// Except with `--fast`.
    Full,
    /// With `--all` alone: what takes minutes, and seldom fails if the others pass.
    All,
}

const fn step(tier: Tier, name: &'static str, run: fn(&Project) -> Result<()>) -> Step {
    Step { name, tier, run }
}

static STEPS: [Step; 16] = [
    step(Tier::Fast, "format", format),
    step(Tier::Fast, "guest", |project| guest::build(project).map(drop)),
    step(Tier::Full, "portable builds", portable::build_first),
    step(Tier::Fast, "clippy", lint::run),
    step(Tier::All, "clippy of firmware and fuzz targets", lint::excluded),
    step(Tier::Full, "documentation", documentation),
    step(Tier::Fast, "tests", tests),
    step(Tier::Full, "traces of the service", traces),
    step(Tier::Full, "native images", images),
    step(Tier::Full, "fuzz targets, bounded", fuzz),
    step(Tier::Full, "demo on every engine", |project| demo::run(project, None, Server::Tested)),
    step(Tier::Full, "modules over the air", |project| ota::demo(project, 5)),
    step(Tier::Full, "the smallest node", node::demo),
    step(Tier::Full, "a fleet", fleet::demo),
    step(Tier::Full, "counts of the firmware", bench::counts::check_first),
    step(Tier::All, "counts of the firmware, other engines", bench::counts::check_others),
];

/// In place of the tests with `--fast`.
static FEWER_TESTS: Step = step(Tier::Fast, "tests, without fleets and documentation", fewer_tests);

/// Runs every step, also after one has failed, and says at the end which did.
pub fn run(project: &Project, only: Option<&str>, tier: Tier) -> Result<()> {
    setup::check(project)?;
    // A step that is named runs in any case.
    let wanted = |step: &&Step| only.map_or(step.tier <= tier, |text| step.name.contains(text));
    let fewer = tier == Tier::Fast && only.is_none();
    let chosen = |step: &'static Step| if fewer && step.name == "tests" { &FEWER_TESTS } else { step };
    let steps: Vec<_> = STEPS.iter().filter(wanted).map(chosen).collect();
    if steps.is_empty() {
        bail!("no such step; there are: {}", STEPS.each_ref().map(|step| step.name).join(", "));
    }
    let failed: Vec<_> = steps.iter().filter(|step| !passes(project, step)).map(|step| step.name).collect();
    let left_out = if only.is_none() { STEPS.len() - steps.len() } else { 0 };
    let (passed, failures) = (steps.len() - failed.len(), failed.len());
    println!("xtask test: {passed} steps passed, {failures} failed, {left_out} left out (`--all` runs them)");
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

fn passes(project: &Project, Step { name, run, .. }: &Step) -> bool {
    println!("\n== {name}");
    let began = Instant::now();
    let result = run(project);
    let seconds = began.elapsed().as_secs();
    match &result {
        Ok(()) => println!("== {name}: passed in {seconds} s"),
        Err(error) => println!("== {name}: FAILED after {seconds} s: {error:#}"),
    }
    warn_of_full_disk(project);
    result.is_ok()
}

/// Compilers and brokers that find a disk full seldom say so.
fn warn_of_full_disk(project: &Project) {
    let root = &project.root;
    let Ok(said) = cmd!(project.shell, "df --output=avail --block-size=1M {root}").quiet().read() else {
        return;
    };
    let free = said.lines().last().and_then(|line| line.trim().parse::<u64>().ok());
    if let Some(free) = free.filter(|&free| free < LITTLE_DISK) {
        println!(
            "warning: {free} MiB of the disk are free, which is little: what fails now may fail for that"
        );
    }
}

/// The largest of the builds adds about as much, in MiB.
const LITTLE_DISK: u64 = 2048;

fn format(project: &Project) -> Result<()> {
    Ok(cmd!(project.shell, "cargo fmt --all --check").run()?)
}

fn documentation(project: &Project) -> Result<()> {
    let _flags = project.shell.push_env("RUSTDOCFLAGS", "-D warnings");
    Ok(cmd!(project.shell, "cargo doc --quiet --workspace --no-deps --lib").run()?)
}

fn tests(project: &Project) -> Result<()> {
    Ok(cmd!(project.shell, "cargo test --workspace --no-fail-fast").run()?)
}

/// The tests, except those of fleets (rows F1 to F4), which wait for brokers and devices, and of examples in the documentation.
fn fewer_tests(project: &Project) -> Result<()> {
    let without = ["f1_", "f2_", "f3_", "f4_", "killed::", "leaving::", "campaign::"];
    let without = without.iter().flat_map(|name| ["--skip", name]);
    let tests = cmd!(project.shell, "cargo test --workspace --no-fail-fast --lib --bins --tests --");
    Ok(tests.args(without).run()?)
}

/// What the service sends with a feature that is off by default.
fn traces(project: &Project) -> Result<()> {
    let tests =
        cmd!(project.shell, "cargo test --quiet --workspace --features wasm_service/otlp --test traces");
    Ok(tests.run()?)
}

/// What native images do without limits. With limits, which are the default, is among the tests.
fn images(project: &Project) -> Result<()> {
    let tests = cmd!(project.shell, "cargo test --quiet --workspace --test cores --test spec -- --ignored");
    Ok(tests.run()?)
}

/// A bounded run of every fuzz target, which are a workspace of their own.
fn fuzz(project: &Project) -> Result<()> {
    let _dir = project.shell.push_dir(project.root.join("fuzz"));
    let target = project.target_for("fuzz");
    Ok(cmd!(project.shell, "cargo test --quiet --target-dir {target}").run()?)
}
