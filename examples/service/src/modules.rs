//! Modules: upload, list, call, replace, delete.

use aingle_wasm_runtime::service::{self, Failure, Json, json};
use aingle_wasm_runtime::{FunctionInfo, ModuleInfo, ReplaceOptions, WasmRuntime};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

/// Options of a replacement.
#[derive(Deserialize)]
pub struct Options {
    /// Whether functions may be gone or have other types.
    #[serde(default)]
    allow_breaks: bool,
}

pub async fn list(State(runtime): State<WasmRuntime>) -> Json {
    let modules: Vec<_> = runtime.list_modules().iter().map(module).collect();
    json(StatusCode::OK, &json!({ "modules": modules }))
}

pub async fn openapi(State(runtime): State<WasmRuntime>) -> Json {
    let path = |module: &str, function: &str| format!("/modules/{module}/{function}");
    json(StatusCode::OK, &service::openapi(&runtime, path))
}

pub async fn load(
    State(runtime): State<WasmRuntime>,
    Path(name): Path<String>,
    wasm: Bytes,
) -> Result<Json, Failure> {
    runtime.load_module(&name, &wasm).await?;
    Ok(json(StatusCode::CREATED, &json!({ "name": name })))
}

pub async fn replace(
    State(runtime): State<WasmRuntime>,
    Path(name): Path<String>,
    Query(options): Query<Options>,
    wasm: Bytes,
) -> Result<Json, Failure> {
    let options = ReplaceOptions { allow_breaks: options.allow_breaks, ..Default::default() };
    let replaced = runtime.replace_module_with(&name, &wasm, &options).await?;
    let breaks: Vec<_> = replaced.breaks.iter().map(ToString::to_string).collect();
    let replaced = json!({ "version": replaced.version, "added": replaced.added, "breaks": breaks });
    Ok(json(StatusCode::OK, &replaced))
}

pub async fn unload(
    State(runtime): State<WasmRuntime>,
    Path(name): Path<String>,
) -> Result<StatusCode, Failure> {
    runtime.unload_module(&name)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Passes JSON, or bytes, as they are.
pub async fn call(
    State(runtime): State<WasmRuntime>,
    Path((module, function)): Path<(String, String)>,
    arguments: Bytes,
) -> Result<Response, Failure> {
    service::call(&runtime, &module, &function, arguments).await
}

fn module(module: &ModuleInfo) -> serde_json::Value {
    let function =
        |function: &FunctionInfo| json!({ "name": function.name, "signature": function.signature });
    json!({
        "name": module.name,
        "version": module.version,
        "size_bytes": module.size_bytes,
        "functions": module.exports.iter().map(function).collect::<Vec<_>>(),
        "calls": module.calls,
        "failed": module.failed,
        "in_flight": module.in_flight,
        "waiting": module.waiting,
        "peak_memory_bytes": module.peak_memory_bytes,
    })
}
