//! A web page of a runtime.

mod document;
mod interface;
mod live;

use super::answers::{Failure, Json, json};
use super::functions::call;
use super::origin::same_origin;
use crate::runtime::WasmRuntime;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

/// Returns a web page on which a person sees the modules of a runtime, the types of their functions, calls with their fuel and
/// errors as they come, and makes calls by a form of a function's types. Mount it where it is wanted, with
/// `Router::nest("/page", …)`, for instance.
///
/// `GET /` is the page, which loads nothing else. It asks `GET /live` each second, `GET /interface/MODULE` when a module is
/// looked at, and `POST /call/MODULE/FUNCTION` as [`call`] does, through [`same_origin`]. The runtime keeps its last 200 calls
/// from now on, each with at most 1 KiB of its error.
///
/// The page asks nobody for a password: whoever reaches it can call every function.
pub fn page(runtime: WasmRuntime) -> Router {
    runtime.recent().watch();
    Router::new()
        .route("/", get(document::document))
        .route("/live", get(live))
        .route("/interface/{module}", get(interface))
        .route("/call/{module}/{function}", post(call_shown))
        .layer(from_fn(same_origin))
        .with_state(runtime)
}

/// What the page has seen.
#[derive(Deserialize)]
struct Seen {
    /// How many calls there were.
    #[serde(default)]
    after: u64,
}

async fn live(State(runtime): State<WasmRuntime>, Query(seen): Query<Seen>) -> Json {
    json(StatusCode::OK, &live::live(&runtime, seen.after))
}

async fn interface(State(runtime): State<WasmRuntime>, Path(module): Path<String>) -> Result<Json, Failure> {
    let module = runtime.module(&module)?;
    Ok(json(StatusCode::OK, &interface::of_module(&module)))
}

async fn call_shown(
    State(runtime): State<WasmRuntime>,
    Path((module, function)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Failure> {
    call(&runtime, &module, &function, body).await
}
