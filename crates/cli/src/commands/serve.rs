//! `serve`: functions of a module over HTTP.

use super::done::Done;
use super::not_loaded::not_loaded;
use super::on_tokio::{block_on, told_to_end};
use super::run::module_bytes;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::report::Report;
use crate::serve_args::ServeArgs;
use aingle_wasm_runtime::{WasmConfig, WasmRuntime, service};
use axum::extract::DefaultBodyLimit;
use std::io::{Write, stderr};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The name of the module in the runtime.
const NAME: &str = "module";

pub(super) fn run(args: &ServeArgs) -> Outcome<Done> {
    let wasm = module_bytes(&args.module)?;
    let config = WasmConfig { max_queue: args.limits.queue, ..args.limits.config() };
    let runtime = WasmRuntime::new(config).map_err(|error| Failure::new(Kind::Usage, error))?;
    block_on(serve(args, &runtime, &wasm))?;
    let mut report = Report::new();
    let module = runtime.list_modules();
    let counted = module.first().map_or((0, 0), |module| (module.calls, module.failed));
    report.add("calls", counted.0);
    report.add("failed", counted.1);
    Ok(Done::new(report))
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
    let drain = args.limits.drain();
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
