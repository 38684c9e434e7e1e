//! Calls to hosts over HTTP, with axum: the feature `service`.
//!
//! ```no_run
//! use aingle_wasm_fleet::nats::*;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = ConnectOptions::new().connect("nats://127.0.0.1:4222").await?;
//! let caller = Caller::new(client, CallerName::new("web")?);
//! let module = ModuleHash::of(&std::fs::read("sum.wasm")?);
//! let app = service::functions(caller, module, CallOptions::default());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! axum::serve(listener, app).await?;
//! # Ok(())
//! # }
//! ```
//!
//! `curl -d '[5, 3]' http://127.0.0.1:8080/add` prints `8`.

mod asked;
mod failure;

pub use failure::Failure;

use super::caller::{CallOptions, Caller, Replied, Report};
use super::module_hash::ModuleHash;
use asked::Asked;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;

/// Headers of what is told of a call.
const ID: HeaderName = HeaderName::from_static("aingle-id");
const HOST: HeaderName = HeaderName::from_static("aingle-host");
const FUEL: HeaderName = HeaderName::from_static("aingle-fuel");

/// Returns a service of the functions that hosts have of a module: `POST /NAME` calls one with `options`, and `GET /` says which
/// module it is. Set a limit of the body by axum's `DefaultBodyLimit`; its default is 2 MiB.
///
/// A body is JSON, as `docs/VALUES.md` has it, and so is the answer; no body is no arguments. A body of the type
/// `application/octet-stream` is for a function of bytes, and its answer has that type, too. Statuses and bodies of errors are
/// those of a [`Failure`]. When the client goes away, the call is given up.
///
/// | header of a request | meaning |
/// |---|---|
/// | `Idempotency-Key` | the id of the call, with quotes or without: who asks again with it has the reply of the first call. Without it, the call has a new id |
/// | `Aingle-Deadline` | how long the caller waits, in milliseconds: at most, and by default, the deadline of `options` |
/// | `traceparent` | the W3C trace context, which is passed on |
///
/// | header of an answer | meaning |
/// |---|---|
/// | `Aingle-Id` | the id of the call |
/// | `Aingle-Host` | the host that ran it |
/// | `Aingle-Fuel` | the fuel that it used |
pub fn functions(caller: Caller, module: ModuleHash, options: CallOptions) -> Router {
    let served = Arc::new(Served { caller, module, options });
    Router::new().route("/", get(module_of)).route("/{function}", post(call)).with_state(served)
}

struct Served {
    caller: Caller,
    module: ModuleHash,
    options: CallOptions,
}

async fn module_of(State(served): State<Arc<Served>>) -> Response {
    json(serde_json::json!({ "module": served.module.to_string() }).to_string())
}

async fn call(
    State(served): State<Arc<Served>>,
    Path(function): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let asked = Asked::read(&headers, &served.options)?;
    let (caller, module) = (&served.caller, served.module);
    let (report, answer) = if asked.bytes {
        let remote = caller.bytes(module, &function);
        let Replied { value, report } = remote.call(body.to_vec(), &asked.options).await?;
        (report, ([(header::CONTENT_TYPE, asked::BYTES)], value).into_response())
    } else {
        let arguments = asked::json(&body)?;
        let Replied { value, report } =
            caller.json(module, &function).call(arguments, &asked.options).await?;
        (report, json(value))
    };
    Ok(told(report, answer))
}

/// Adds what is told of the call.
fn told(report: Report, mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    for (name, text) in [(ID, report.id.to_string()), (HOST, report.host), (FUEL, report.fuel.to_string())] {
        // A host's name is what the host says, and may be no text for a header.
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    }
    answer
}

fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
