//! What is answered.

use crate::error::{ErrorKind, RuntimeError};
use axum::http::{HeaderName, StatusCode, header};
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

/// The header of the fuel that a call used, and its older name, which goes on working.
const FUEL: [HeaderName; 2] = [HeaderName::from_static("aingle-fuel"), HeaderName::from_static("wasm-fuel")];

/// Says how much fuel a call used, if that is known.
pub(super) fn set_fuel(answer: &mut Response, fuel: Option<u64>) {
    let Some(fuel) = fuel else { return };
    for name in FUEL {
        answer.headers_mut().insert(name, fuel.into());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuel_has_the_name_of_the_other_services_and_its_older_one() {
        let mut answer = json(StatusCode::OK, &Value::Null).into_response();
        set_fuel(&mut answer, None);
        assert!(!answer.headers().contains_key("Aingle-Fuel"));
        set_fuel(&mut answer, Some(7));
        for name in ["Aingle-Fuel", "wasm-fuel"] {
            assert_eq!(answer.headers()[name], "7");
        }
    }
}
