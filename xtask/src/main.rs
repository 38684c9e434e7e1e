//! The project's own commands: `cargo xtask help` lists them.
//!
//! Each command is one file. None of them needs the SDK's crates to build, so that `setup` runs on a
//! machine that has nothing but Rust.
#![forbid(unsafe_code)]

#[path = "../../bench/report/mod.rs"]
mod bench;
mod budgets;
mod campaign;
mod command_line;
mod demo;
mod features;
mod firmware;
mod fleet;
mod guest;
mod limits;
mod lint;
mod miri;
mod node;
mod ota;
mod platforms;
mod portable;
mod power_cuts;
mod project;
mod qemu;
#[path = "../../crates/cli/src/recipe.rs"]
mod recipe;
mod report;
mod runtime;
mod sanitize;
mod setup;
mod table;
mod test;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};
use project::Project;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing: Rust targets, tools from Debian packages, and the compilers of guests in other languages.
    Setup,
    /// Build a guest for every engine, and print where it is.
    Guest {
        /// Its package.
        #[arg(default_value = guest::EXAMPLE)]
        package: String,
        /// With limits in it: see docs/METERING.md.
        #[arg(long)]
        limits: bool,
    },
    /// Run random modules on all engines, and compare results, errors and fuel.
    Differ {
        /// For so long.
        #[arg(long, default_value_t = 10)]
        minutes: u64,
        /// From this seed on.
        #[arg(long, default_value_t = 0)]
        seed: u64,
    },
    /// Run hostile modules, envelopes and files against hosts, and print counts.
    Campaign {
        /// So long for each trial.
        #[arg(long, default_value_t = 1.0)]
        minutes: f64,
        /// From this seed on.
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// Run one trial only.
        #[arg(long, value_name = "NAME")]
        trial: Option<String>,
        /// Optimise the build, which takes longer: then a campaign runs several times as many cases.
        #[arg(long)]
        release: bool,
    },
    /// Cut the power of updates inside every write and erase, and print how many histories that were.
    PowerCuts {
        /// Cut in more places of the whole life: hours in place of minutes.
        #[arg(long)]
        full: bool,
        /// On so many threads.
        #[arg(long, default_value_t = 2)]
        threads: u32,
    },
    /// Build the example firmware for every board and engine.
    Firmware,
    /// Build host-embedded for every target that firmware has, with every engine.
    Portable,
    /// Check each crate with each of its features alone, with none, and with all.
    Features,
    /// Check the hosts for systems that CI does not have: 64-bit ARM Linux, macOS and Android.
    Platforms,
    /// Run the one example guest on every engine, here and in firmware, and compare the replies.
    Demo {
        /// Show something else instead.
        #[arg(value_name = "WHAT")]
        other: Option<OtherDemo>,
        /// Run one engine only.
        #[arg(long, value_name = "NAME", conflicts_with = "other")]
        engine: Option<String>,
        /// With `ota`: cut the power at so many random moments of updates.
        #[arg(long, default_value_t = 5)]
        cuts: u32,
    },
    /// Measure what modules over the air cost a firmware, write docs/BUDGETS.md, and fail if a budget is not kept.
    Budgets {
        /// Write no document.
        #[arg(long)]
        check: bool,
    },
    /// Measure calls and the rest against peers, print the table, and write docs/BENCHMARKS.md.
    Bench(bench::Options),
    /// Compare the JSON runtime with Extism, and its service with one without modules, and print the tables.
    BenchRuntime,
    /// Compare what another translator makes of the smallest node's code: `cargo install synth-cli --version 0.89.0`.
    Translators {
        /// The program.
        #[arg(long, value_name = "PROGRAM", default_value = "synth")]
        synth: PathBuf,
    },
    /// Run the guest crate's tests in Miri, which needs a nightly toolchain.
    Miri,
    /// Run the tests of wasm3 under AddressSanitizer, which needs a nightly toolchain.
    Sanitize,
    /// Run all tests.
    Test {
        /// Run the steps whose name contains this text only.
        #[arg(long, value_name = "TEXT")]
        only: Option<String>,
        /// Leave out fleets, examples of the documentation, and what builds for other machines: for a run after each change
        #[arg(long, conflicts_with = "all")]
        fast: bool,
        /// Also run the steps that CI leaves out: before a release, and when what they look at has changed.
        #[arg(long)]
        all: bool,
    },
}

/// What else there is to show.
#[derive(Clone, Copy, ValueEnum)]
enum OtherDemo {
    /// Modules over the air: firmware in QEMU receives good modules and others over its UART.
    Ota,
    /// The smallest node and its flight controller in QEMU: their link is cut and attacked, and both are restarted.
    Node,
    /// A fleet: devices at an MQTT broker, one of them in QEMU, and hosts at a NATS server. Brokers and hosts are killed.
    Fleet,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let project = Project::open()?;
    match command {
        Command::Setup => setup::run(&project),
        Command::Guest { package, limits } => {
            let build = if limits { limits::build_package } else { guest::build_package };
            build(&project, &package).map(|path| println!("{}", path.display()))
        }
        Command::Differ { minutes, seed } => limits::differ(&project, minutes, seed),
        Command::Campaign { minutes, seed, trial, release } => {
            campaign::run(&project, minutes, seed, trial.as_deref(), release)
        }
        Command::PowerCuts { full, threads } => power_cuts::run(&project, full, threads),
        Command::Firmware => firmware::build_all(&project),
        Command::Portable => portable::build_all(&project),
        Command::Platforms => platforms::check_all(&project),
        Command::Features => features::check_all(&project),
        Command::Demo { other: Some(OtherDemo::Ota), cuts, .. } => ota::demo(&project, cuts),
        Command::Demo { other: Some(OtherDemo::Node), .. } => node::demo(&project),
        Command::Demo { other: Some(OtherDemo::Fleet), .. } => fleet::demo(&project),
        Command::Demo { engine, .. } => demo::run(&project, engine.as_deref(), demo::Server::Built),
        Command::Budgets { check } => budgets::run(&project, check),
        Command::Bench(options) => bench::run(&project, &options),
        Command::BenchRuntime => runtime::compare(&project),
        Command::Translators { synth } => node::compare(&project, &synth),
        Command::Miri => miri::run(&project),
        Command::Sanitize => sanitize::run(&project),
        Command::Test { only, fast, all } => {
            let tier = match (fast, all) {
                (true, _) => test::Tier::Fast,
                (_, true) => test::Tier::All,
                _ => test::Tier::Full,
            };
            test::run(&project, only.as_deref(), tier)
        }
    }
}
