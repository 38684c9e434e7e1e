//! Components that answer HTTP requests.

use crate::commands::done::Done;
use crate::commands::http_server;
use crate::commands::on_tokio::block_on;
use crate::commands::run::{kind_of_wasi, program_name, refused};
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::report::Report;
use crate::serve_args::ServeArgs;
use aingle_wasm_runtime::service::json;
use aingle_wasm_wasi::{Error, ErrorKind, Handler, Input, Limits, Program, Room, What, recognise};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Returns whether a module is a component.
///
/// # Errors
/// [`Kind::Usage`] for grants, if it is none.
pub fn is_one(args: &ServeArgs, wasm: &[u8]) -> Outcome<bool> {
    match (recognise(wasm), args.grants.given()) {
        (What::Component, _) => Ok(true),
        (_, None) => Ok(false),
        (_, Some(option)) => Err(Failure::new(Kind::Usage, format!("{option}: the module is no component"))),
    }
}

pub fn run(args: &ServeArgs, wasm: &[u8]) -> Outcome<Done> {
    let handler =
        handler(args, wasm).map_err(|error| not_served(&error).in_file(files::name(&args.module)))?;
    let app = Router::new().fallback(handle).with_state(handler.clone());
    block_on(http_server::serve(&args.http, app)).map_err(Failure::of_guest_output)?;
    let counts = handler.counts();
    let mut report = Report::new();
    report.add("requests", counts.requests);
    report.add("failed", counts.failed);
    Ok(Done::behind_guest(report))
}

fn handler(args: &ServeArgs, wasm: &[u8]) -> Result<Handler, Error> {
    let limits = Limits {
        fuel: Some(args.limits.fuel),
        memory: args.limits.memory.into(),
        timeout: Some(args.limits.timeout()),
        request_body: args.http.max_body.into(),
        response_body: args.max_response.into(),
        ..Limits::default()
    };
    let room = Room { concurrency: args.limits.config().max_concurrency, queue: args.limits.queue };
    let grants = args.grants.grants(vec![program_name(&args.module)], Input::Empty);
    Program::compile_library(wasm, &limits)?.handler(&grants, room)
}

fn not_served(error: &Error) -> Failure {
    match error.kind() {
        ErrorKind::Missing(missing) => refused(missing),
        kind => Failure::new(kind_of_wasi(kind), error),
    }
}

async fn handle(State(handler): State<Handler>, request: Request) -> Response {
    match handler.handle(request).await {
        Ok(response) => response.map(Body::new),
        Err(error) => failed(&error),
    }
}

/// Returns the answer for a request that failed.
fn failed(error: &Error) -> Response {
    let (status, kind) = match error.kind() {
        ErrorKind::Request { .. } => (StatusCode::BAD_REQUEST, "request"),
        ErrorKind::RequestBody { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "request_body"),
        ErrorKind::Busy { .. } => (StatusCode::SERVICE_UNAVAILABLE, "queue_full"),
        ErrorKind::Timeout { .. } => (StatusCode::GATEWAY_TIMEOUT, "timeout"),
        ErrorKind::OutOfFuel { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "out_of_fuel"),
        ErrorKind::OutOfMemory { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "out_of_memory"),
        ErrorKind::StackExhausted { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "call_depth"),
        ErrorKind::Trap { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "trap"),
        ErrorKind::Exited { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "exited"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "wasi"),
    };
    let retryable = matches!(error.kind(), ErrorKind::Busy { .. });
    let body = json!({ "error": error.to_string(), "kind": kind, "retryable": retryable });
    json(status, &body).into_response()
}
