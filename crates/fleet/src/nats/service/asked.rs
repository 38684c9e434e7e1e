//! What a request asks for.

use super::failure::Failure;
use crate::nats::caller::CallOptions;
use crate::nats::wire::{CallId, digits};
use axum::http::{HeaderMap, header};
use std::time::Duration;

/// The type of bodies of functions of bytes.
pub(super) const BYTES: &str = "application/octet-stream";

const KEY: &str = "idempotency-key";
const DEADLINE: &str = "aingle-deadline";
const TRACE: &str = "traceparent";

pub(super) struct Asked {
    /// Whether it is for a function of bytes.
    pub(super) bytes: bool,
    pub(super) options: CallOptions,
}

impl Asked {
    /// Reads the headers of a request. `options` are those of the service.
    ///
    /// # Errors
    /// A [`Failure`] that names a header that cannot be obeyed.
    pub(super) fn read(headers: &HeaderMap, options: &CallOptions) -> Result<Self, Failure> {
        let mut options = options.clone();
        if let Some(key) = text(headers, KEY)? {
            let id = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
            let id = CallId::new(id).map_err(|error| Failure::of_header(KEY, error))?;
            options.id = Some(id);
        }
        if let Some(deadline) = text(headers, DEADLINE)? {
            options.deadline = shorter(deadline, options.deadline)?;
        }
        if let Some(trace) = text(headers, TRACE)? {
            options.trace = Some(trace.into());
        }
        let kind = text(headers, header::CONTENT_TYPE.as_str())?.unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        Ok(Self { bytes: kind.eq_ignore_ascii_case(BYTES), options })
    }
}

/// Returns the arguments in a body of JSON.
///
/// # Errors
/// A [`Failure`] that says where the body is no JSON.
pub(super) fn json(body: &[u8]) -> Result<&str, Failure> {
    let text = std::str::from_utf8(body).map_err(Failure::of_body)?;
    if text.trim().is_empty() {
        return Ok("[]");
    }
    serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(Failure::of_body)?;
    Ok(text)
}

fn text<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<Option<&'h str>, Failure> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Failure::of_header(name, "it is there more than once"));
    }
    value.to_str().map(Some).map_err(|_| Failure::of_header(name, "it is not text"))
}

/// Reads a deadline that must not be longer than the service's.
fn shorter(text: &str, limit: Duration) -> Result<Duration, Failure> {
    let Some(found) = digits(text) else {
        return Err(Failure::of_header(DEADLINE, format!("expected milliseconds, found {text:?}")));
    };
    let deadline = Duration::from_millis(found);
    if deadline > limit {
        let limit = limit.as_millis();
        return Err(Failure::of_header(DEADLINE, format!("too long: limit {limit} ms, found {found} ms")));
    }
    Ok(deadline)
}
