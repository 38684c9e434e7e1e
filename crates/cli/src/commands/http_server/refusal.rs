//! Answers of JSON for requests that no function has answered.

use aingle_wasm_runtime::service::json;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// What is said of a body that is too slow.
pub const SLOW: Refusal = Refusal {
    status: StatusCode::REQUEST_TIMEOUT,
    error: "the body of the request did not arrive in time",
    kind: "slow_request",
    retryable: true,
};

/// What is said of a panic. Its message is on standard error.
pub const PANIC: Refusal = Refusal {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    error: "the server panicked at this request",
    kind: "host_panic",
    retryable: false,
};

/// What is said of a body that is too large.
pub const LARGE: Refusal = Refusal {
    status: StatusCode::PAYLOAD_TOO_LARGE,
    error: "the body of the request is too large",
    kind: "request_body",
    retryable: false,
};

/// What is said of a server that ends.
pub const ENDED: Refusal = Refusal {
    status: StatusCode::SERVICE_UNAVAILABLE,
    error: "the server ends",
    kind: "ended",
    retryable: true,
};

const UNKNOWN: Refusal = Refusal {
    status: StatusCode::NOT_FOUND,
    error: "no such path: a function is called by `POST /NAME`",
    kind: "unknown",
    retryable: false,
};

const METHOD: Refusal = Refusal {
    status: StatusCode::METHOD_NOT_ALLOWED,
    error: "no such method: `GET /` lists the functions, and `POST /NAME` calls one",
    kind: "method",
    retryable: false,
};

const REQUEST: Refusal = Refusal {
    status: StatusCode::BAD_REQUEST,
    error: "the request cannot be read",
    kind: "request",
    retryable: false,
};

/// Why a request is not answered by what it was for.
pub struct Refusal {
    status: StatusCode,
    error: &'static str,
    kind: &'static str,
    retryable: bool,
}

impl Refusal {
    fn value(&self) -> Value {
        json!({ "error": self.error, "kind": self.kind, "retryable": self.retryable })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        json(self.status, &self.value()).into_response()
    }
}

/// Returns an answer whose error is JSON, also if it is one of axum's own.
pub fn in_json(mut answer: Response) -> Response {
    let refusal = match answer.status() {
        StatusCode::NOT_FOUND => UNKNOWN,
        StatusCode::METHOD_NOT_ALLOWED => METHOD,
        StatusCode::PAYLOAD_TOO_LARGE => LARGE,
        StatusCode::BAD_REQUEST => REQUEST,
        _ => return answer,
    };
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    if answer.headers().get(header::CONTENT_TYPE) == Some(&JSON) {
        return answer;
    }
    *answer.body_mut() = Body::from(refusal.value().to_string());
    answer.headers_mut().remove(header::CONTENT_LENGTH);
    answer.headers_mut().insert(header::CONTENT_TYPE, JSON);
    answer
}
