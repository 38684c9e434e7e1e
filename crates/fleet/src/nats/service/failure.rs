//! The answer of a call that failed.

use crate::nats::error::CallError;
use crate::nats::wire::{self, Ran, Refusal};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Display;

/// Answer of a call that failed: a status, and JSON with `error`, its words; `kind`; `ran`, which is `no`, `yes` or `unknown`;
/// `retryable`; and `value` if the function returned the error, or `facts` if a host refused or stopped the call.
///
/// | status | `kind` |
/// |---:|---|
/// | 400 | `header`, `arguments` |
/// | 404 | `unknown_function` |
/// | 409 | `duplicate`, `type_mismatch`, `given_up` |
/// | 413 | `too_large` |
/// | 414 | `name_too_long` |
/// | 422 | `guest`, and what stopped the function: `out_of_fuel`, `out_of_memory`, `call_depth`, `trap`, `reply_too_large`, `not_kept`, `other`; `deadline_too_long`, `only_repeatedly` |
/// | 502 | `host_died`, `lost`, `no_reply`, `result`, `broker`, `version`, `malformed` |
/// | 503 | `no_responder`, `overload`, `draining`, `not_claimed` |
/// | 504 | `deadline`, `timeout` |
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    body: Value,
}

impl Failure {
    /// Returns the answer for a header that cannot be obeyed.
    pub(super) fn of_header(name: &'static str, why: impl Display) -> Self {
        Self::asked("header", format!("header `{name}`: {why}"))
    }

    /// Returns the answer for a body that is no JSON.
    pub(super) fn of_body(why: impl Display) -> Self {
        Self::asked("arguments", format!("expected JSON: {why}"))
    }

    fn asked(kind: &str, error: String) -> Self {
        let body = json!({ "error": error, "kind": kind, "ran": Ran::No.label(), "retryable": false });
        Self { status: StatusCode::BAD_REQUEST, body }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let mut body = json!({
            "error": error.to_string(),
            "ran": error.ran().label(),
            "retryable": error.retryable(),
        });
        let (kind, status) = match &error {
            CallError::Guest { body: value, .. } => {
                // An error of a function of bytes is no JSON.
                if let Ok(value) = serde_json::from_slice(value) {
                    body["value"] = value;
                }
                ("guest".to_owned(), StatusCode::UNPROCESSABLE_ENTITY)
            }
            CallError::Refused(refusal) => (reason(refusal, &mut body), of_refusal(refusal)),
            CallError::NoReply(refusal) => {
                body["facts"] = facts(refusal);
                ("no_reply".into(), StatusCode::BAD_GATEWAY)
            }
            CallError::Failed(failure) => (reason(failure, &mut body), of_run(failure)),
            CallError::NoResponder => ("no_responder".into(), StatusCode::SERVICE_UNAVAILABLE),
            CallError::Deadline { .. } => ("deadline".into(), StatusCode::GATEWAY_TIMEOUT),
            CallError::Duplicate(taken) => {
                body["facts"] = facts(taken);
                ("duplicate".into(), StatusCode::CONFLICT)
            }
            CallError::Arguments(_) => ("arguments".into(), StatusCode::BAD_REQUEST),
            CallError::HostDied { .. } => ("host_died".into(), StatusCode::BAD_GATEWAY),
            CallError::Lost { .. } => ("lost".into(), StatusCode::BAD_GATEWAY),
            CallError::Result(_) => ("result".into(), StatusCode::BAD_GATEWAY),
            CallError::Broker { .. } => ("broker".into(), StatusCode::BAD_GATEWAY),
        };
        body["kind"] = kind.into();
        Self { status, body }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let headers = [(header::CONTENT_TYPE, "application/json")];
        (self.status, headers, self.body.to_string()).into_response()
    }
}

fn of_refusal(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Overload { .. } | Refusal::Draining | Refusal::NotClaimed { .. } => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Refusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::NameTooLong { .. } => StatusCode::URI_TOO_LONG,
        Refusal::UnknownFunction { .. } => StatusCode::NOT_FOUND,
        Refusal::TypeMismatch { .. } | Refusal::GivenUp => StatusCode::CONFLICT,
        Refusal::Deadline { .. } => StatusCode::GATEWAY_TIMEOUT,
        Refusal::DeadlineTooLong { .. } | Refusal::OnlyRepeatedly => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Arguments { .. } => StatusCode::BAD_REQUEST,
        Refusal::Version { .. } | Refusal::Malformed { .. } => StatusCode::BAD_GATEWAY,
    }
}

fn of_run(failure: &wire::Failure) -> StatusCode {
    match failure {
        wire::Failure::Timeout { .. } => StatusCode::GATEWAY_TIMEOUT,
        wire::Failure::GivenUp => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// Adds facts to a body, and returns their reason.
fn reason(of: &impl Serialize, body: &mut Value) -> String {
    let facts = facts(of);
    let reason = facts["reason"].as_str().unwrap_or_default().to_owned();
    body["facts"] = facts;
    reason
}

fn facts(of: &impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}
