//! `fleet host`: serves the functions of modules to callers over NATS.

use super::modules::{Found, find};
use super::serving::{Serving, exports};
use super::{failures, server};
use crate::commands::done::Done;
use crate::commands::run::stopped;
use crate::commands::told_to_end::told_to_end;
use crate::failure::{Failure, Kind, Outcome};
use crate::nats_args::HostArgs;
use crate::report::Report;
use aingle_wasm_fleet::nats::{Client, Host, HostConfig};
use aingle_wasm_runtime::{ErrorKind, RuntimeError, WasmConfig, WasmRuntime};
use std::io::{Write, stderr};
use std::time::Duration;

pub fn run(args: &HostArgs) -> Outcome<Done> {
    server::block_on(async {
        let client = server::connect_and_tell(&args.nats).await?;
        let modules = find(args, &client).await?;
        let runtime = WasmRuntime::new(limits(args)).map_err(|error| Failure::new(Kind::Usage, error))?;
        serve(args, client, &runtime, &modules).await
    })
}

fn limits(args: &HostArgs) -> WasmConfig {
    let defaults = WasmConfig::default();
    WasmConfig {
        max_memory_bytes: args.memory.into(),
        max_execution_time: Duration::from_millis(args.timeout.into()),
        fuel_limit: Some(args.fuel),
        max_concurrency: args.concurrency.unwrap_or(defaults.max_concurrency),
        ..defaults
    }
}

async fn serve(args: &HostArgs, client: Client, runtime: &WasmRuntime, modules: &[Found]) -> Outcome<Done> {
    let mut config = HostConfig::default();
    config.name.clone_from(&args.name);
    config.in_flight = args.concurrency.unwrap_or(config.in_flight);
    config.queue = args.queue;
    config.fuel = Some(args.fuel);
    if args.only_idempotent {
        config.once = None;
    }
    let serving = Serving { runtime: runtime.clone(), limit: Duration::from_millis(args.timeout.into()) };
    let failed = |error| failures::of_start(&error);
    let mut host = Host::start(client, config, serving).await.map_err(failed)?;
    for Found { name, hash, wasm } in modules {
        let module = hash.to_string();
        // The same module may be named twice.
        if runtime.list_modules().iter().all(|loaded| loaded.name != module) {
            let loaded = runtime.load_module(&module, wasm).await;
            loaded.map_err(|error| not_loaded(&error).in_file(name))?;
        }
        host.serve_module(*hash, exports(runtime, &module, wasm)).await.map_err(failed)?;
        let _ = writeln!(stderr(), "{name}: {hash}");
    }
    let _ = writeln!(stderr(), "serves as {}", host.name());
    told_to_end().await;
    let drained = host.drain(Duration::from_millis(args.drain.into())).await;
    let calls = runtime.list_modules().iter().map(|module| module.calls).sum::<u64>();
    if drained.given_up > 0 {
        let (count, limit) = (drained.given_up, Duration::from_millis(args.drain.into()));
        let message = format!("{count} calls were in flight for longer than {limit:?}; they were ended");
        return Err(Failure::new(Kind::Timeout, message));
    }
    let mut report = Report::new();
    report.add("calls", calls);
    Ok(Done::new(report))
}

/// The failure of a module that cannot be served.
fn not_loaded(error: &RuntimeError) -> Failure {
    match error.kind() {
        ErrorKind::Load(error) => stopped(error),
        ErrorKind::OutOfMemory { .. } => Failure::new(Kind::Memory, error),
        _ => Failure::new(Kind::Input, error),
    }
}
