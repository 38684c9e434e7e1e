//! The functions of modules, as routes.

use super::answers::{Failure, Json, json, set_fuel};
use crate::call::Call;
use crate::module::{FunctionInfo, FunctionKind};
use crate::runtime::WasmRuntime;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use std::borrow::Cow;
use std::sync::Arc;

/// Returns a service of the functions of one module: `GET /` lists them with their types, and `POST /NAME` calls one, as
/// [`call`] does. Set a limit of the body by axum's `DefaultBodyLimit`; its default is 2 MiB.
pub fn functions(runtime: WasmRuntime, module: &str) -> Router {
    let served = Arc::new(Served { runtime, module: module.to_owned() });
    Router::new().route("/", get(list)).route("/{function}", post(call_served)).with_state(served)
}

/// Calls a function with the body of a request. A function with types takes JSON and returns JSON; an empty body is no
/// arguments. A function of bytes takes and returns bytes. The header `Aingle-Fuel` of the answer has the fuel that the call used, also
/// where it failed; `wasm-fuel`, its older name, has it, too. When the client goes away, this future is dropped, and the call
/// ends.
///
/// # Errors
/// Those of [`WasmRuntime::execute_text`] and [`WasmRuntime::execute_bytes`], which a [`Failure`] turns into statuses: 400 for
/// arguments that do not fit, 403 for what was not granted, 404 for unknown names, 409 for a name that is taken and an interface that would break, 503 when
/// there is no room, 504 when a limit of time passed, and 422 for everything else.
pub async fn call(
    runtime: &WasmRuntime,
    module: &str,
    function: &str,
    body: Bytes,
) -> Result<Response, Failure> {
    if matches!(runtime.function_kind(module, function), Ok(FunctionKind::Bytes)) {
        let call = runtime.call_bytes(module, function, body);
        return answer(call, |reply| ([(header::CONTENT_TYPE, "application/octet-stream")], reply)).await;
    }
    let arguments = text(&body);
    let arguments = if arguments.trim().is_empty() { "[]" } else { &*arguments };
    answer(runtime.call_text(module, function, arguments), |result| Json(StatusCode::OK, result)).await
}

/// Returns a body as a text. Of what is none, the part before the first byte that is not UTF-8, and a NUL behind it, which JSON has
/// nowhere: so the error of the arguments says where it is, and no letter takes the place of another.
fn text(body: &[u8]) -> Cow<'_, str> {
    match body.utf8_chunks().next() {
        Some(chunk) if !chunk.invalid().is_empty() => format!("{}\0", chunk.valid()).into(),
        Some(chunk) => chunk.valid().into(),
        None => "".into(),
    }
}

/// Makes a call, and returns its answer with the fuel that it used.
async fn answer<T, A>(call: Call<T>, of: impl FnOnce(T) -> A) -> Result<Response, Failure>
where
    T: Send + 'static,
    A: IntoResponse,
{
    let handle = call.handle();
    let result = call.await;
    let fuel = handle.fuel_used();
    let mut answer = of(result.map_err(|error| Failure::of_call(error, fuel))?).into_response();
    set_fuel(&mut answer, fuel);
    Ok(answer)
}

struct Served {
    runtime: WasmRuntime,
    module: String,
}

async fn list(State(served): State<Arc<Served>>) -> Json {
    let modules = served.runtime.list_modules();
    let exports = modules.iter().find(|module| module.name == served.module).map(|module| &module.exports);
    let function =
        |function: &FunctionInfo| json!({ "name": function.name, "signature": function.signature });
    let functions: Vec<_> = exports.into_iter().flatten().map(function).collect();
    json(StatusCode::OK, &json!({ "functions": functions }))
}

async fn call_served(
    State(served): State<Arc<Served>>,
    Path(function): Path<String>,
    body: Bytes,
) -> Result<Response, Failure> {
    call(&served.runtime, &served.module, &function, body).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_no_text_is_no_json() {
        assert_eq!(text(b""), "");
        assert_eq!(text("[\"ü\"]".as_bytes()), "[\"ü\"]");
        for body in [&b"[\"\xff\"]"[..], b"[1]\xff", b"\xff", b"[1]\xc3"] {
            let text = text(body);
            assert!(
                text.ends_with('\0') && serde_json::from_str::<serde_json::Value>(&text).is_err(),
                "{body:?}"
            );
        }
    }
}
