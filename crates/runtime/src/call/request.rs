//! What is asked of a function, and what it answers.

use crate::error::ErrorKind;
use crate::module::{Export, Payload, arguments};
use aingle_wasm_host::{ErrorCode, HostErrorKind};
use aingle_wasm_values::{Limits, PlainFunction, Reply, bytes_to_json};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// A call as it was asked for.
pub(crate) struct Request<T> {
    pub(crate) module: Arc<str>,
    pub(crate) function: Arc<str>,
    pub(crate) arguments: Arguments,
    /// Fuel, where it is not the module's.
    pub(crate) fuel: Option<u64>,
    /// Time, where it is not the module's.
    pub(crate) timeout: Option<Duration>,
    pub(crate) read: Read<T>,
}

/// Arguments, or a reply, that are so long are not read or written in a poll.
pub(crate) const MAX_SHORT: usize = 4096;

/// The arguments of a call.
pub(crate) enum Arguments {
    Value(Value),
    Text(String),
    Bytes(Vec<u8>),
    /// What is passed to the function.
    Encoded(Payload),
}

impl Arguments {
    /// Whether they are so short that they are encoded in no time.
    pub(crate) fn is_short(&self) -> bool {
        match self {
            Self::Value(value) => shorter(value, MAX_SHORT).is_some(),
            Self::Text(text) => text.len() <= MAX_SHORT,
            Self::Bytes(bytes) => bytes.len() <= MAX_SHORT,
            Self::Encoded(_) => true,
        }
    }

    /// What is passed to the function.
    pub(crate) fn encode(self, name: &str, export: &Export) -> Result<Payload, ErrorKind> {
        let json = match (self, export) {
            (Self::Bytes(_), Export::Plain(_) | Export::Command | Export::Component(_)) => {
                return Err(no_bytes(name, export));
            }
            (Self::Encoded(payload), _) => return Ok(payload),
            (Self::Bytes(bytes), _) => return Ok(Payload::Bytes(bytes)),
            (Self::Value(value), _) => value.to_string(),
            (Self::Text(text), _) => text,
        };
        match export {
            Export::Typed { function, .. } | Export::Component(function) => {
                function.encode_arguments(&json).map(Payload::Bytes)
            }
            Export::Plain(function) => function.encode_arguments(&json).map(Payload::Numbers),
            Export::Command => return arguments(&json).map(Payload::Texts),
            Export::Bytes => return Err(ErrorKind::Bytes { name: name.into() }),
        }
        .map_err(ErrorKind::Arguments)
    }
}

/// How the payload of a reply is read.
pub(crate) type Read<T> = fn(&str, &Export, Payload, Limits) -> Result<T, ErrorKind>;

pub(crate) fn as_bytes(
    name: &str,
    export: &Export,
    payload: Payload,
    _: Limits,
) -> Result<Vec<u8>, ErrorKind> {
    match payload {
        Payload::Bytes(bytes) => Ok(bytes),
        _ => Err(no_bytes(name, export)),
    }
}

pub(crate) fn as_text(
    name: &str,
    export: &Export,
    payload: Payload,
    limits: Limits,
) -> Result<String, ErrorKind> {
    match (export, payload) {
        (_, Payload::Json(json)) => Ok(json),
        (_, Payload::Text(text)) => Ok(serde_json::json!(text).to_string()),
        (_, Payload::Numbers(numbers)) => Ok(PlainFunction::results_to_json(&numbers)),
        (Export::Typed { function, .. } | Export::Component(function), Payload::Bytes(bytes)) => {
            match function.decode_reply(&bytes, limits).map_err(ErrorKind::Result)? {
                Reply::Value(json) => Ok(json),
                Reply::Error(json) => Err(guest(ErrorCode::ApplicationTyped, &bytes, &json)),
            }
        }
        _ => Err(ErrorKind::Bytes { name: name.into() }),
    }
}

pub(crate) fn as_value(
    name: &str,
    export: &Export,
    payload: Payload,
    limits: Limits,
) -> Result<Value, ErrorKind> {
    as_text(name, export, payload, limits).map(|json| value(&json))
}

/// The error that a function answered with, if that is why its call failed.
pub(crate) fn answered(kind: &HostErrorKind, export: &Export) -> Option<ErrorKind> {
    match (kind, export) {
        (
            HostErrorKind::Guest { code: ErrorCode::ApplicationTyped, body },
            Export::Typed { function, .. },
        ) => match function.decode_reply(body, Limits::default()) {
            Ok(Reply::Error(json)) => Some(guest(ErrorCode::ApplicationTyped, body, &json)),
            Ok(Reply::Value(_)) => None,
            Err(error) => Some(ErrorKind::Result(error)),
        },
        (HostErrorKind::Guest { code: code @ ErrorCode::Application, body }, _) => {
            Some(guest(*code, body, &bytes_to_json(body)))
        }
        _ => None,
    }
}

/// Returns what is left of a length, in bytes, behind some JSON; `None` if that is longer.
fn shorter(value: &Value, left: usize) -> Option<usize> {
    let left = left.checked_sub(8)?;
    match value {
        Value::String(text) => left.checked_sub(text.len()),
        Value::Array(items) => items.iter().try_fold(left, |left, item| shorter(item, left)),
        Value::Object(members) => {
            members.iter().try_fold(left, |left, (name, item)| shorter(item, left.checked_sub(name.len())?))
        }
        _ => Some(left),
    }
}

fn no_bytes(name: &str, export: &Export) -> ErrorKind {
    ErrorKind::Numbers { signature: export.signature(name) }
}

fn guest(code: ErrorCode, body: &[u8], json: &str) -> ErrorKind {
    ErrorKind::Guest { value: value(json), code, body: body.to_vec() }
}

/// JSON that was just written.
fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|_| Value::String(json.into()))
}
