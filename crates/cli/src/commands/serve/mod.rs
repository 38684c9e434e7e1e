//! `serve`: functions of a module, or a component, over HTTP.

#[cfg(feature = "wasi")]
mod component;

use super::done::Done;
use super::http_server;
use super::not_loaded::not_loaded;
use super::on_tokio::block_on;
use super::run::module_bytes;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::report::Report;
use crate::serve_args::ServeArgs;
use aingle_wasm_module::Foreign;
use aingle_wasm_runtime::{WasmConfig, WasmRuntime, service};

/// The name of the module in the runtime.
const NAME: &str = "module";

pub(super) fn run(args: &ServeArgs) -> Outcome<Done> {
    let wasm = module_bytes(&args.module)?;
    #[cfg(feature = "wasi")]
    if component::is_one(args, &wasm)? {
        return component::run(args, &wasm);
    }
    if let Some(foreign @ Foreign::Wasi) = Foreign::of(&wasm) {
        let message = format!(
            "{foreign}: `aingle-wasm run` runs it; `serve` takes guests, and components that answer HTTP"
        );
        return Err(Failure::new(Kind::Input, message).in_file(files::name(&args.module)));
    }
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
    http_server::serve_functions(&args.http, service::functions(runtime.clone(), NAME)).await
}
