//! What is answered.

use aingle_wasm_runtime::{ErrorKind, RuntimeError};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// JSON, as text.
pub struct Json(pub StatusCode, pub String);

pub fn json(status: StatusCode, value: &Value) -> Json {
    Json(status, value.to_string())
}

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        (self.0, [(header::CONTENT_TYPE, "application/json")], self.1).into_response()
    }
}

/// An error, as a status and JSON.
pub struct Failure(RuntimeError);

impl From<RuntimeError> for Failure {
    fn from(error: RuntimeError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self(error) = self;
        let mut body = json!({
            "error": error.to_string(),
            "kind": error.kind().label(),
            "retryable": error.retryable(),
        });
        if let ErrorKind::Guest { value } = error.kind() {
            body["value"] = value.clone();
        }
        json(status(error.kind()), &body).into_response()
    }
}

fn status(kind: &ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::UnknownModule { .. } | ErrorKind::UnknownFunction { .. } => StatusCode::NOT_FOUND,
        ErrorKind::AlreadyLoaded { .. } | ErrorKind::Interface { .. } => StatusCode::CONFLICT,
        ErrorKind::Arguments(_) | ErrorKind::Bytes { .. } | ErrorKind::Numbers { .. } => {
            StatusCode::BAD_REQUEST
        }
        ErrorKind::QueueFull { .. } | ErrorKind::QueueTimeout { .. } | ErrorKind::NoThread { .. } => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorKind::Timeout { .. } | ErrorKind::CompileTimeout { .. } => StatusCode::GATEWAY_TIMEOUT,
        // The module, or the call, is what cannot be processed.
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
