//! `run`: calls a function of a module, within limits.

mod arguments;
mod cache;
mod entry;
mod guest;
mod input;
mod interpreter;
mod log;
mod plain;
#[cfg(feature = "wasi")]
mod raw;
mod request;
mod server;
mod stopped;
#[cfg(feature = "wasi")]
mod wasi;
#[cfg(feature = "wasi")]
mod wasi_failure;
mod worker;

#[cfg(any(feature = "serve", feature = "fleet"))]
pub(super) use {input::wasm as module_bytes, stopped::stopped};
#[cfg(all(feature = "serve", feature = "wasi"))]
pub(super) use {wasi::program_name, wasi_failure::kind as kind_of_wasi, wasi_failure::refused};

use super::done::Done;
use crate::facts::Facts;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::report::Report;
use crate::run_args::{EngineName, RunArgs, RunCommand};
use aingle_wasm_host::Profile;
use aingle_wasm_module::{Foreign, Module};
use entry::Entry;
use request::{Answer, Call, Ran, Stopped};
use server::Compiled;
use std::io::{Write, stderr};
use std::sync::Arc;
use std::time::Duration;
use worker::Clock;

pub(super) fn run(command: &RunCommand) -> Outcome<Done> {
    if command.no_std {
        note("note: --no-std changes nothing");
    }
    let outcome = run_module(command);
    if command.memory_profile {
        let facts = outcome.as_ref().map_or_else(Failure::facts, |done| done.report.facts());
        note(&memory(facts));
    }
    outcome
}

/// Prints a line on standard error. Nobody need read it.
fn note(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}

/// Returns what memory a module had. One memory never shrinks: without a peak, it is what there is at the end.
fn memory(facts: &Facts) -> String {
    let end = facts.get("memory");
    match (facts.get("peak_memory").or(end), end) {
        (Some(peak), Some(end)) => format!("memory: {peak} bytes at most, {end} at the end"),
        _ => "memory: not available".into(),
    }
}

fn run_module(command: &RunCommand) -> Outcome<Done> {
    let args = &command.run;
    let wasm = module(args)?;
    let foreign = Foreign::of(&wasm);
    #[cfg(feature = "wasi")]
    if wasi::is_wanted(&command.wasi, foreign)? {
        return wasi::run(args, &command.wasi, &wasm);
    }
    match foreign {
        None | Some(Foreign::Plain | Foreign::AssemblyScript) => ended(args, wasm, false)?.outcome,
        Some(Foreign::Wasi | Foreign::Component) => Err(Failure::new(
            Kind::Input,
            "modules for WASI and components are run by the feature `wasi`, which this build is without",
        )),
        Some(foreign) => Err(not_run(args, foreign)),
    }
}

/// A call that was profiled, whatever its end.
pub(super) struct Profiled {
    pub wasm: Arc<Vec<u8>>,
    pub profile: Profile,
    pub outcome: Outcome<Done>,
}

/// Runs a module as [`run`] does, and makes a profile of the call.
pub(super) fn profiled(args: &RunArgs) -> Outcome<Profiled> {
    if args.engine != EngineName::Server {
        return Err(Failure::new(Kind::Usage, "--engine: only the engine `server` makes profiles"));
    }
    let wasm = module(args)?;
    match Foreign::of(&wasm) {
        None | Some(Foreign::Plain | Foreign::AssemblyScript) => {
            let ended = ended(args, Arc::clone(&wasm), true)?;
            Ok(Profiled { wasm, profile: ended.profile.unwrap_or_default(), outcome: ended.outcome })
        }
        Some(foreign) => Err(not_run(args, foreign)),
    }
}

/// Reads the module, when the command line makes sense.
fn module(args: &RunArgs) -> Outcome<Arc<Vec<u8>>> {
    let inputs = [Some(&args.module), args.input.as_ref()].into_iter().flatten();
    files::check_standard(inputs.clone())?;
    files::check_apart(args.output.as_deref(), inputs.map(AsRef::as_ref))?;
    args.check()?;
    Ok(input::wasm(&args.module)?.into())
}

fn not_run(args: &RunArgs, foreign: Foreign) -> Failure {
    let message = format!("{foreign}: {}", foreign.advice());
    Failure::new(Kind::Input, message).in_file(files::name(&args.module))
}

/// A call that was made, and what is to be said of it.
struct Ended {
    outcome: Outcome<Done>,
    profile: Option<Profile>,
}

fn ended(args: &RunArgs, wasm: Arc<Vec<u8>>, profile: bool) -> Outcome<Ended> {
    worker::run(args, move |args, clock| {
        let module = Module::parse(&wasm)
            .map_err(|error| Failure::new(Kind::Input, error).in_file(files::name(&args.module)))?;
        let entry = Entry::of(module, args.invoke.as_deref())?;
        let request = entry.request(args)?;
        let mut ran = call(args, &wasm, &Call { name: entry.name().into(), request }, profile, &clock)?;
        let profile = ran.profile.take();
        let (facts, answer) = report(args, entry.name(), ran);
        Ok(Ended { outcome: entry.finish(args, facts, answer), profile })
    })
}

/// Makes a call in the engine that was chosen. It has the time that compilation leaves.
fn call(args: &RunArgs, wasm: &[u8], call: &Call, profile: bool, clock: &Clock) -> Outcome<Ran> {
    match args.engine {
        EngineName::Server => Compiled::new(args, wasm, profile)?.call(call, clock.left()?),
        _ => interpreter::call(args, wasm, call, clock),
    }
}

/// Returns what is to be said of a call, and its end.
fn report(args: &RunArgs, function: &str, ran: Ran) -> (Report, Result<Answer, Stopped>) {
    let mut facts = Report::new();
    facts.add("function", function);
    facts.add("engine", args.engine.name());
    facts.add_some("fuel_used", ran.fuel_used);
    facts.add("fuel_limit", args.fuel);
    facts.add("memory", ran.memory);
    facts.add("memory_limit", args.memory);
    facts.add("compile_us", micros(ran.compiled));
    facts.add("call_us", micros(ran.called));
    facts.add_some("cache_hit", ran.cache_hit);
    (facts, ran.answer)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
