//! `run`: calls a function of a module, within limits.

mod entry;
mod input;
mod interpreter;
mod log;
mod plain;
mod request;
mod server;
mod stopped;
mod worker;

use super::done::Done;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::report::Report;
use crate::run_args::{EngineName, RunArgs};
use aingle_wasm_module::{Foreign, Module};
use entry::Entry;
use plain::PlainEntry;
use request::{Answer, Call, Ran, Request, Stopped};
use server::Compiled;
use std::time::{Duration, Instant};

pub(super) fn run(args: &RunArgs) -> Outcome<Done> {
    let inputs = [Some(&args.module), args.input.as_ref()].into_iter().flatten();
    files::check_standard(inputs.clone())?;
    files::check_apart(args.output.as_deref(), inputs.map(AsRef::as_ref))?;
    args.check()?;
    let wasm = input::wasm(&args.module)?;
    match Foreign::of(&wasm) {
        None => worker::run(args, move |args, began| guest(args, &wasm, began)),
        Some(Foreign::Plain | Foreign::AssemblyScript) => {
            worker::run(args, move |args, began| plain(args, &wasm, began))
        }
        Some(Foreign::Wasi | Foreign::Component) => {
            Err(Failure::new(Kind::Input, "modules for WASI and components are not run by this version"))
        }
        Some(foreign) => {
            let message = format!("{foreign}: {}", foreign.advice());
            Err(Failure::new(Kind::Input, message).in_file(files::name(&args.module)))
        }
    }
}

/// Runs a guest of the SDK.
fn guest(args: &RunArgs, wasm: &[u8], began: Instant) -> Outcome<Done> {
    let module = parse(wasm)?;
    let entry = Entry::of(module, args.invoke.as_deref())?;
    let request = Request::Bytes(entry.request(args)?);
    let ran = call(args, wasm, &Call { name: entry.name().into(), request }, began)?;
    let (mut facts, answer) = report(args, entry.name(), ran);
    let reply = match answer {
        Ok(Answer::Bytes(reply)) => reply,
        Ok(Answer::Numbers(_)) => Vec::new(),
        Err(stopped) => return Err(entry.failure(stopped).with_facts(facts.facts())),
    };
    if let Some(output) = &args.output {
        entry.check_bytes()?;
        files::write(output, &reply)?;
        facts.add("length", reply.len());
        return Ok(Done::written(facts, output));
    }
    let result = entry.result(&reply).map_err(|failure| failure.with_facts(facts.facts()))?;
    facts.add_json("result", result.clone());
    Ok(Done::answered(facts, result))
}

/// Runs a module that speaks no ABI.
fn plain(args: &RunArgs, wasm: &[u8], began: Instant) -> Outcome<Done> {
    let entry = PlainEntry::of(parse(wasm)?, args.invoke.as_deref())?;
    let request = Request::Numbers(entry.arguments(args)?);
    let ran = call(args, wasm, &Call { name: entry.name().into(), request }, began)?;
    let (mut facts, answer) = report(args, entry.name(), ran);
    match answer {
        Ok(answer) => {
            let result = entry.result(&answer);
            facts.add_json("result", result.clone());
            Ok(Done::answered(facts, result))
        }
        Err(stopped) => Err(stopped.failure.with_facts(facts.facts())),
    }
}

fn parse(wasm: &[u8]) -> Outcome<Module<'_>> {
    Module::parse(wasm).map_err(|error| Failure::new(Kind::Input, error))
}

/// Makes a call in the engine that was chosen. It has the time that is left.
fn call(args: &RunArgs, wasm: &[u8], call: &Call, began: Instant) -> Outcome<Ran> {
    // An engine takes no deadline of zero; less than this is a time-out at the first look.
    let left = || args.timeout().saturating_sub(began.elapsed()).max(Duration::from_millis(1));
    match args.engine {
        EngineName::Server => Compiled::new(args, wasm)?.call(call, left()),
        _ => interpreter::call(args, wasm, call, left()),
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
