//! Programs of WASI.

use super::super::done::Done;
use super::arguments::none_of;
use super::guest::GuestEntry;
use super::plain::PlainEntry;
use super::raw::Kept;
use super::wasi_failure::failure;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::report::Report;
use crate::run_args::{DEPTH, EngineName, RunArgs};
use crate::wasi_args::{WasiArgs, WasiVersion, is_in_environment};
use aingle_wasm_components::{CallError, Exports};
use aingle_wasm_module::{Foreign, Module};
use aingle_wasm_types::Number;
use aingle_wasm_values::PlainFunction;
use aingle_wasm_wasi::{
    Error, ErrorKind, Exit, Grants, Input, Limits, Program, RunOptions, Usage, Value, What, recognise,
    stdout_is_within_line,
};
use std::io::{Write, stderr};
use std::path::Path;
use std::time::{Duration, Instant};

/// Returns whether a module is run as a program of WASI.
///
/// # Errors
/// [`Kind::Usage`] for options of such programs, if it is none.
pub fn is_wanted(wasi: &WasiArgs, foreign: Option<Foreign>) -> Outcome<bool> {
    match (foreign, wasi.given()) {
        (Some(Foreign::Wasi | Foreign::Component), _) => Ok(true),
        (Some(Foreign::Plain), Some(_)) if wasi.wasi => Ok(true),
        (_, None) => Ok(false),
        (_, Some(option)) => {
            Err(Failure::new(Kind::Usage, format!("{option}: the module is no program of WASI")))
        }
    }
}

/// Runs a program of WASI, or calls a function of it. Standard output is the guest's.
pub fn run(args: &RunArgs, wasi: &WasiArgs, wasm: &[u8]) -> Outcome<Done> {
    let what = recognise(wasm);
    let run = || match invoked(args, wasm)? {
        Invoked::Entry => run_all(args, wasi, wasm),
        Invoked::Plain(function) => call(args, wasi, wasm, &function),
        Invoked::OfComponent(name) => call_of_component(args, wasi, wasm, name),
    };
    if what != What::Component && Module::parsed(wasm).limits().is_some() {
        let message =
            "the module carries limits, which Wasmtime does not set: run it as it was before `meter`";
        return Err(Failure::new(Kind::Input, message).in_file(files::name(&args.module)));
    }
    check(args, wasi, what).and_then(|()| run()).map_err(Failure::of_guest_output)
}

/// What is called.
enum Invoked<'a> {
    /// What the program has to run.
    Entry,
    /// A function of numbers.
    Plain(PlainEntry),
    /// A function of a component, of this name.
    OfComponent(&'a str),
}

/// Returns what is called.
fn invoked<'a>(args: &'a RunArgs, wasm: &[u8]) -> Outcome<Invoked<'a>> {
    let is_component = recognise(wasm) == What::Component;
    let found = match args.invoke.as_deref() {
        Some(name) if !is_entry(name, is_component) => name,
        _ if args.args.is_some() => {
            let message = "--args: the arguments of a program of WASI are behind `--`; those of a function need --invoke";
            return Err(Failure::new(Kind::Usage, message));
        }
        _ => return Ok(Invoked::Entry),
    };
    if is_component {
        return Ok(Invoked::OfComponent(found));
    }
    let module = Module::parse(wasm)
        .map_err(|error| Failure::new(Kind::Input, error).in_file(files::name(&args.module)))?;
    PlainEntry::find(module, Some(found)).map(Invoked::Plain)
}

/// Runs the program from its start to its end.
fn run_all(args: &RunArgs, wasi: &WasiArgs, wasm: &[u8]) -> Outcome<Done> {
    let grants = grants(args, wasi, &args.arguments);
    let began = Instant::now();
    let Compiled { program, cache_hit } = compile(args, wasi, wasm, began)?;
    check_program(args, wasi, &program)?;
    let compiled = began.elapsed();
    let ran = program.run_with(&grants, &left(args, compiled));
    let usage = ran.as_ref().map_or_else(Error::usage, |exit| Some(exit.usage));
    let mut report = usage.map_or_else(Report::new, |usage| used(args, &usage, compiled));
    report.add_some("cache_hit", cache_hit);
    match ran {
        Ok(Exit { status, .. }) => {
            report.add("status", status);
            Ok(Done::exited(report, process_status(status)))
        }
        Err(error) => Err(failure(args, &error, began).with_facts(report.facts())),
    }
}

/// Calls a function of numbers. The arguments behind `--` are its own.
fn call(args: &RunArgs, wasi: &WasiArgs, wasm: &[u8], function: &PlainEntry) -> Outcome<Done> {
    let arguments: Vec<Value> = function.arguments(args)?.into_iter().map(value).collect();
    calling(args, wasi, wasm, function.name(), |program, grants, options| {
        Ok(program.call(function.name(), &arguments, grants, options).map(|returned| {
            let results: Vec<Number> = returned.results.into_iter().map(number).collect();
            (Ok(PlainFunction::results_to_json(&results)), returned.usage)
        }))
    })
}

/// Calls a function of a component, by its types. The arguments behind `--` are its own.
fn call_of_component(args: &RunArgs, wasi: &WasiArgs, wasm: &[u8], name: &str) -> Outcome<Done> {
    calling(args, wasi, wasm, name, |program, grants, options| {
        let exports = Exports::of(program);
        let function = function(&exports, name)?;
        let arguments = function.request(args)?;
        match exports.call(program, name, &arguments, grants, options) {
            Ok(returned) => Ok(Ok((function.result(&returned.result), returned.usage))),
            Err(CallError::Run(error)) => Ok(Err(error)),
            Err(error) => Err(Failure::new(Kind::Arguments, error)),
        }
    })
}

/// Finds a function of a component.
fn function(exports: &Exports, name: &str) -> Outcome<GuestEntry> {
    if let Some(refused) = exports.refused(name) {
        return Err(Failure::new(Kind::Arguments, refused));
    }
    let callable = exports.functions().callable;
    let names: Vec<&str> = callable.iter().map(|function| function.name()).collect();
    let found = callable.iter().find(|function| function.name() == name);
    let none = || none_of(&names, &format!("no function `{name}`"));
    found.cloned().map(GuestEntry::typed).ok_or_else(none)
}

/// A result as JSON, or the error that the function answered with; and what the call used.
type Called = Result<(Outcome<String>, Usage), Error>;

/// Compiles a program, and calls a function of it.
fn calling(
    args: &RunArgs,
    wasi: &WasiArgs,
    wasm: &[u8],
    name: &str,
    call: impl FnOnce(&Program, &Grants, &RunOptions) -> Outcome<Called>,
) -> Outcome<Done> {
    let grants = grants(args, wasi, &[]);
    let began = Instant::now();
    let Compiled { program, cache_hit } = compile(args, wasi, wasm, began)?;
    let compiled = began.elapsed();
    let called = call(&program, &grants, &left(args, compiled))?;
    let usage = called.as_ref().map_or_else(Error::usage, |(_, usage)| Some(*usage));
    let mut report = usage.map_or_else(Report::new, |usage| used(args, &usage, compiled));
    report.add_some("cache_hit", cache_hit);
    report.add("function", name);
    match called {
        Ok((result, _)) => {
            let result = result.map_err(|failure| failure.with_facts(report.facts()))?;
            report.add_json("result", result.clone());
            // The result has a line of its own.
            let result = if stdout_is_within_line() { format!("\n{result}") } else { result };
            Ok(Done::answered_behind_guest(report, result))
        }
        Err(error) => match *error.kind() {
            ErrorKind::Exited { status } => {
                report.add("status", status);
                Ok(Done::exited(report, process_status(status)))
            }
            _ => Err(failure(args, &error, began).with_facts(report.facts())),
        },
    }
}

/// A program, and whether its code was in the folder of compiled modules, if there is one.
struct Compiled {
    program: Program,
    cache_hit: Option<bool>,
}

/// Compiles a program, or takes what was compiled before.
fn compile(args: &RunArgs, wasi: &WasiArgs, wasm: &[u8], began: Instant) -> Outcome<Compiled> {
    let limits = limits(args, wasi);
    let compiled = match (&args.cache, Kept::open(args)) {
        (_, Some(kept)) => {
            Program::compile_cached(wasm, &limits, &kept).map(|(program, hit)| (program, Some(hit)))
        }
        (folder, None) => {
            let miss = folder.is_some().then_some(false);
            Program::compile_library(wasm, &limits).map(|program| (program, miss))
        }
    };
    let (program, cache_hit) =
        compiled.map_err(|error| failure(args, &error, began).in_file(files::name(&args.module)))?;
    Ok(Compiled { program, cache_hit })
}

/// Returns the time that is left of the run's.
fn left(args: &RunArgs, compiled: Duration) -> RunOptions {
    let left = args.timeout().saturating_sub(compiled).max(Duration::from_millis(1));
    RunOptions { timeout: Some(left), ..RunOptions::default() }
}

fn value(number: Number) -> Value {
    match number {
        Number::I32(value) => Value::I32(value),
        Number::I64(value) => Value::I64(value),
        Number::F32(value) => Value::F32(value),
        Number::F64(value) => Value::F64(value),
    }
}

fn number(value: Value) -> Number {
    match value {
        Value::I32(value) => Number::I32(value),
        Value::I64(value) => Number::I64(value),
        Value::F32(value) => Number::F32(value),
        Value::F64(value) => Number::F64(value),
    }
}

/// Refuses options that a program of WASI has no use for, and programs of another kind than the options say.
fn check(args: &RunArgs, wasi: &WasiArgs, what: What) -> Outcome<()> {
    let refused = |message: String| Err(Failure::new(Kind::Usage, message));
    let unused = [
        (
            args.input.is_some(),
            "--input: a program of WASI reads standard input, or files of a directory: --dir",
        ),
        (args.output.is_some(), "--output: a program of WASI writes standard output"),
        (
            args.depth != DEPTH && !is_in_environment("AINGLE_WASM_DEPTH"),
            "--depth: calls of a program of WASI are limited by --stack",
        ),
        (args.trust_limits, "--trust-limits: Wasmtime counts fuel itself"),
        (args.engine != EngineName::Server, "--engine: programs of WASI run on Wasmtime"),
    ];
    if let Some((_, message)) = unused.into_iter().find(|(given, _)| *given) {
        return refused(message.into());
    }
    let is_component = what == What::Component;
    let version = wasi.wasi_version;
    let of_components = matches!(version, Some(WasiVersion::Preview2 | WasiVersion::Preview3));
    if !is_component && (wasi.component || of_components) {
        return Err(Failure::new(Kind::Input, "expected a component, found a core module"));
    }
    if is_component && version == Some(WasiVersion::Preview1) {
        return Err(Failure::new(Kind::Input, "expected a core module, found a component"));
    }
    Ok(())
}

/// Refuses what has no entry, or one of another version.
fn check_program(args: &RunArgs, wasi: &WasiArgs, program: &Program) -> Outcome<()> {
    program.check_entry().map_err(|error| {
        let failure = Failure::new(Kind::Input, error).in_file(files::name(&args.module));
        failure.with_advice(if program.is_handler() {
            "`aingle-wasm serve` answers HTTP requests with it"
        } else {
            "`--invoke` calls one of its functions"
        })
    })?;
    match (wasi.wasi_version, program.component_version()) {
        (Some(WasiVersion::Preview2), Some(3)) => {
            Err(Failure::new(Kind::Input, "expected a component of WASI 0.2, found one of 0.3"))
        }
        (Some(WasiVersion::Preview3), Some(2)) => {
            Err(Failure::new(Kind::Input, "expected a component of WASI 0.3, found one of 0.2"))
        }
        _ => Ok(()),
    }
}

/// Returns whether this names the function that is run. `main` is what it is called where it was written.
fn is_entry(name: &str, is_component: bool) -> bool {
    name == "main" || if is_component { ["wasi:cli/run", "run"].contains(&name) } else { name == "_start" }
}

fn limits(args: &RunArgs, wasi: &WasiArgs) -> Limits {
    Limits {
        fuel: Some(args.fuel),
        memory: args.memory.into(),
        table_elements: args.max_table.into(),
        stack: wasi.stack,
        compile_time: Some(args.timeout()),
        timeout: Some(args.timeout()),
        ..Limits::default()
    }
}

fn grants(args: &RunArgs, wasi: &WasiArgs, arguments: &[String]) -> Grants {
    let name = program_name(&args.module);
    let words = [&name].into_iter().chain(&wasi.wasi_arg).chain(arguments).cloned().collect();
    // The module itself has been read from there.
    let stdin = if files::is_standard(&args.module) { Input::Empty } else { Input::Inherit };
    wasi.grants.grants(words, stdin)
}

/// Returns the first argument of a program.
pub fn program_name(module: &Path) -> String {
    module.file_name().unwrap_or(module.as_os_str()).to_string_lossy().into_owned()
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn used(args: &RunArgs, usage: &Usage, compiled: Duration) -> Report {
    let mut report = Report::new();
    report.add("engine", "wasmtime");
    report.add_some("fuel_used", usage.fuel);
    report.add("fuel_limit", args.fuel);
    report.add("memory", usage.memory);
    report.add("peak_memory", usage.peak_memory);
    report.add("memory_limit", args.memory);
    report.add("compile_us", micros(compiled));
    report.add("call_us", micros(usage.elapsed));
    report
}

/// Returns what a process can end with, and says so if it is not all of the status.
fn process_status(status: u32) -> u8 {
    let [kept, ..] = status.to_le_bytes();
    if u32::from(kept) != status {
        // Standard error may be closed.
        let _ = writeln!(
            stderr(),
            "note: the program's exit status is {status}; a process keeps the lowest 8 bits, {kept}"
        );
    }
    kept
}
