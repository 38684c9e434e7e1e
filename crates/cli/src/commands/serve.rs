//! `serve`: functions of a module over HTTP.

use super::done::Done;
use super::run::{module_bytes, stopped};
use super::told_to_end::told_to_end;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::report::Report;
use crate::serve_args::ServeArgs;
use aingle_wasm_runtime::{ErrorKind, RuntimeError, WasmConfig, WasmRuntime, service};
use axum::extract::DefaultBodyLimit;
use std::io::{Write, stderr};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The name of the module in the runtime.
const NAME: &str = "module";

pub(super) fn run(args: &ServeArgs) -> Outcome<Done> {
    let wasm = module_bytes(&args.module)?;
    let runtime = WasmRuntime::new(config(args)).map_err(|error| Failure::new(Kind::Usage, error))?;
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let tokio =
        tokio.map_err(|error| Failure::new(Kind::Io, format!("the system gives no threads: {error}")))?;
    tokio.block_on(serve(args, &runtime, &wasm))?;
    let mut report = Report::new();
    let module = runtime.list_modules();
    let counted = module.first().map_or((0, 0), |module| (module.calls, module.failed));
    report.add("calls", counted.0);
    report.add("failed", counted.1);
    // Threads of calls that do not end are left to end with the process.
    tokio.shutdown_timeout(Duration::ZERO);
    Ok(Done::new(report))
}

fn config(args: &ServeArgs) -> WasmConfig {
    let defaults = WasmConfig::default();
    WasmConfig {
        max_memory_bytes: args.memory.into(),
        max_execution_time: Duration::from_millis(args.timeout.into()),
        fuel_limit: Some(args.fuel),
        max_concurrency: args.concurrency.unwrap_or(defaults.max_concurrency),
        max_queue: args.queue,
        ..defaults
    }
}

async fn serve(args: &ServeArgs, runtime: &WasmRuntime, wasm: &[u8]) -> Outcome<()> {
    runtime
        .load_module(NAME, wasm)
        .await
        .map_err(|error| not_loaded(&error).in_file(files::name(&args.module)))?;
    let io =
        |error: std::io::Error| Failure::new(Kind::Io, format!("cannot listen on {}: {error}", args.addr));
    let listener = TcpListener::bind(&args.addr).await.map_err(io)?;
    let address = listener.local_addr().map_err(io)?;
    let _ = writeln!(stderr(), "serves on http://{address}");
    let app = service::functions(runtime.clone(), NAME).layer(DefaultBodyLimit::max(args.max_body as usize));
    let (tell, told) = oneshot::channel::<()>();
    let ending = async move {
        told_to_end().await;
        // Nobody waits for it if the server has ended.
        let _ = tell.send(());
    };
    let drain = Duration::from_millis(args.drain.into());
    let late = async move {
        // Without a word there is no end to wait for.
        if told.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        served = axum::serve(listener, app).with_graceful_shutdown(ending) => served.map_err(io),
        () = late => Err(Failure::new(Kind::Timeout, format!("calls were in flight for longer than {drain:?}; they were ended"))),
    }
}

/// The failure of a module that cannot be served.
fn not_loaded(error: &RuntimeError) -> Failure {
    match error.kind() {
        ErrorKind::Load(error) => stopped(error),
        ErrorKind::OutOfMemory { .. } => Failure::new(Kind::Memory, error),
        _ => Failure::new(Kind::Input, error),
    }
}
