//! `run`: calls a function of a guest, within limits.

mod entry;
mod stopped;

use super::done::Done;
use crate::blob::Blob;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::report::Report;
use crate::run_args::RunArgs;
use aingle_wasm_host::{EngineConfig, Level, WasmEngine, WasmInstance};
use aingle_wasm_manifest::{Engine, Kind as BlobKind};
use entry::Entry;
use std::io::{Write, stderr};
use std::path::Path;
use std::time::{Duration, Instant};
use stopped::stopped;

pub(super) fn run(args: &RunArgs) -> Outcome<Done> {
    let inputs = [Some(&args.module), args.input.as_ref()].into_iter().flatten();
    files::check_standard(inputs.clone())?;
    files::check_apart(args.output.as_deref(), inputs.map(AsRef::as_ref))?;
    let wasm = wasm(&args.module)?;
    let engine = WasmEngine::new(config(args)?).map_err(|error| Failure::new(Kind::Usage, error))?;
    let compiling = Instant::now();
    let module = match &args.cache {
        Some(_) => engine.compile_cached(files::name(&args.module).to_string().as_bytes(), &wasm),
        None => engine.compile(&wasm),
    };
    let module = module.map_err(|error| stopped(&error).in_file(files::name(&args.module)))?;
    let compiled = compiling.elapsed();
    let entry = Entry::of(&module, args.invoke.as_deref())?;
    let request = entry.request(args)?;
    let mut instance = WasmInstance::new(&engine, &module).map_err(|error| stopped(&error))?;
    instance.on_log(|(), level, text| log(level, text)).map_err(|error| stopped(&error))?;
    let calling = Instant::now();
    let called = instance.call_raw(entry.name(), &request);
    let took = calling.elapsed();
    let mut facts = Report::new();
    facts.add("function", entry.name());
    facts.add_some("fuel_used", instance.fuel_used());
    facts.add("fuel_limit", args.fuel);
    facts.add("memory", instance.memory_size());
    facts.add("memory_limit", args.memory);
    facts.add("compile_us", micros(compiled));
    facts.add("call_us", micros(took));
    if args.cache.is_some() {
        facts.add("cache_hit", engine.cache_stats().disk_hits > 0);
    }
    let reply = called.map_err(|error| entry.failure(&error).with_facts(facts.facts()))?;
    let result = match &args.output {
        Some(output) => {
            entry.check_bytes()?;
            files::write(output, &reply)?;
            facts.add("length", reply.len());
            return Ok(Done::written(facts, output));
        }
        None => entry.result(&reply).map_err(|failure| failure.with_facts(facts.facts()))?,
    };
    facts.add_json("result", result.clone());
    Ok(Done::answered(facts, result))
}

/// Reads the module: a .wasm file, or what is packed.
fn wasm(path: &Path) -> Outcome<Vec<u8>> {
    let bytes = files::read_some(path)?;
    if !Blob::is_one(&bytes) {
        return Ok(bytes);
    }
    let blob = Blob::in_file(bytes, path)?;
    let manifest = blob.manifest()?;
    let fields = manifest.fields();
    let other = match (fields.kind, fields.engine) {
        (BlobKind::Module, Engine::Wasm) => None,
        (BlobKind::Module, Engine::Native { triple, .. }) => Some(format!("native image for {triple}")),
        (kind, _) => Some(kind.to_string()),
    };
    if let Some(other) = other {
        let message = format!("expected a packed module, found {other}");
        return Err(Failure::new(Kind::Input, message).in_file(files::name(path)));
    }
    blob.check_payload().map_err(|failure| failure.in_file(files::name(path)))?;
    Ok(blob.payload().to_vec())
}

fn config(args: &RunArgs) -> Outcome<EngineConfig> {
    if args.timeout == 0 {
        return Err(Failure::new(Kind::Usage, "--timeout: expected more than 0"));
    }
    Ok(EngineConfig {
        metering_limit: args.fuel,
        memory_limit: args.memory.into(),
        deadline: Some(Duration::from_millis(args.timeout.into())),
        depth_limit: args.depth,
        cache_dir: args.cache.clone(),
        ..Default::default()
    })
}

/// Prints a line of the guest's log. Standard output is for the result.
fn log(level: Level, text: &str) {
    // A guest need not end because nobody reads its log.
    let _ = writeln!(stderr(), "{level:?}: {}", crate::report::printable(text));
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
