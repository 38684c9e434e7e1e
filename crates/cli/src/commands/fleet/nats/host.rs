//! `fleet host`: serves the functions of modules to callers over NATS.

use super::modules::{Found, find};
use super::serving::{Serving, exports};
use super::{failures, server};
use crate::commands::done::Done;
use crate::commands::not_loaded::not_loaded;
use crate::commands::on_tokio::{block_on, told_to_end};
use crate::failure::{Failure, Kind, Outcome};
use crate::nats_args::HostArgs;
use crate::report::Report;
use aingle_wasm_fleet::nats::{Client, Host, HostConfig};
use aingle_wasm_runtime::WasmRuntime;
use std::io::{Write, stderr};
use std::num::NonZeroUsize;

pub fn run(args: &HostArgs) -> Outcome<Done> {
    block_on(async {
        let client = server::connect_and_tell(&args.nats).await?;
        let modules = find(args, &client).await?;
        let runtime =
            WasmRuntime::new(args.limits.config()).map_err(|error| Failure::new(Kind::Usage, error))?;
        serve(args, client, &runtime, &modules).await
    })
}

async fn serve(args: &HostArgs, client: Client, runtime: &WasmRuntime, modules: &[Found]) -> Outcome<Done> {
    let mut config = HostConfig::default();
    config.name.clone_from(&args.name);
    config.in_flight = args.limits.concurrency.map_or(config.in_flight, NonZeroUsize::get);
    config.queue = args.limits.queue;
    config.fuel = Some(args.limits.fuel);
    if args.only_idempotent {
        config.once = None;
    }
    let serving = Serving { runtime: runtime.clone(), limit: args.limits.timeout() };
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
    let drained = host.drain(args.drain.time()).await;
    let calls = runtime.list_modules().iter().map(|module| module.calls).sum::<u64>();
    if drained.given_up > 0 {
        let (count, limit) = (drained.given_up, args.drain.time());
        let message = format!("{count} calls were in flight for longer than {limit:?}; they were ended");
        return Err(Failure::new(Kind::Timeout, message));
    }
    let mut report = Report::new();
    report.add("calls", calls);
    Ok(Done::new(report))
}
