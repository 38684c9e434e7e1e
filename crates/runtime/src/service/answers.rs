//! What is answered.

use crate::error::{ErrorKind, RuntimeError};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Answer of JSON, as text: the status and the body.
pub struct Json(pub StatusCode, pub String);

/// Returns an answer of JSON.
#[must_use]
pub fn json(status: StatusCode, value: &Value) -> Json {
    Json(status, value.to_string())
}

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        (self.0, [(header::CONTENT_TYPE, "application/json")], self.1).into_response()
    }
}

/// Answer of a call that failed: a status, and JSON with `error`, `kind`, `retryable`, and `value` if the function returned
/// the error.
pub struct Failure {
    error: RuntimeError,
    fuel: Option<u64>,
}

impl Failure {
    /// Returns the answer for an error.
    #[must_use]
    pub fn new(error: RuntimeError) -> Self {
        Self { error, fuel: None }
    }

    pub(super) fn of_call(error: RuntimeError, fuel: Option<u64>) -> Self {
        Self { error, fuel }
    }
}

impl From<RuntimeError> for Failure {
    fn from(error: RuntimeError) -> Self {
        Self::new(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self { error, fuel } = self;
        let mut body = json!({
            "error": error.to_string(),
            "kind": error.kind().label(),
            "retryable": error.retryable(),
        });
        if let ErrorKind::Guest { value, .. } = error.kind() {
            body["value"] = value.clone();
        }
        let mut answer = json(status(error.kind()), &body).into_response();
        set_fuel(&mut answer, fuel);
        answer
    }
}

/// Says how much fuel a call used, if that is known.
pub(super) fn set_fuel(answer: &mut Response, fuel: Option<u64>) {
    if let Some(fuel) = fuel {
        answer.headers_mut().insert("wasm-fuel", fuel.into());
    }
}

fn status(kind: &ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::UnknownModule { .. } | ErrorKind::UnknownFunction { .. } => StatusCode::NOT_FOUND,
        #[cfg(feature = "wasi")]
        ErrorKind::Uncallable(_) => StatusCode::NOT_FOUND,
        ErrorKind::AlreadyLoaded { .. } | ErrorKind::Interface { .. } => StatusCode::CONFLICT,
        ErrorKind::Arguments(_)
        | ErrorKind::Bytes { .. }
        | ErrorKind::Numbers { .. }
        | ErrorKind::Texts { .. } => StatusCode::BAD_REQUEST,
        ErrorKind::NotGranted { .. } => StatusCode::FORBIDDEN,
        ErrorKind::QueueFull { .. } | ErrorKind::QueueTimeout { .. } | ErrorKind::NoThread { .. } => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorKind::Timeout { .. } | ErrorKind::CompileTimeout { .. } => StatusCode::GATEWAY_TIMEOUT,
        // The module, or the call, is what cannot be processed.
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
