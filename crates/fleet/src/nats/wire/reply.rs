//! The headers and the body of a reply.

use super::facts::{Failure, Refusal, Taken};
use super::request::{H_VERSION, VERSION, get, malformed, number};
use aingle_wasm_types::ErrorCode;
use async_nats::HeaderMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

const H_STATUS: &str = "Aingle-Status";
const H_HOST: &str = "Aingle-Host";
const H_FUEL: &str = "Aingle-Fuel";
const H_QUEUED: &str = "Aingle-Queued-Us";
const H_RAN: &str = "Aingle-Ran-Us";
const H_KEPT: &str = "Aingle-Kept";

/// What a host answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The payload of the function's reply.
    Done(Vec<u8>),
    /// The payload of the function's error: its code, two zero bytes, and its body.
    Error {
        code: ErrorCode,
        body: Vec<u8>,
    },
    Failed(Failure),
    Refused(Refusal),
    Taken(Taken),
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    pub(crate) host: String,
    pub(crate) fuel: u64,
    /// How long the call waited at the host.
    pub(crate) queued: Duration,
    /// How long it ran.
    pub(crate) ran: Duration,
    /// Set if it was stored, and this is a later question for it.
    pub(crate) kept: bool,
}

impl Answer {
    /// Returns the word of the status, and the body.
    pub(crate) fn encode(&self) -> (&'static str, Vec<u8>) {
        match self {
            Self::Done(payload) => ("done", payload.clone()),
            Self::Error { code, body } => ("error", [&code.to_prefix()[..], body].concat()),
            Self::Failed(failure) => ("failed", json(failure)),
            Self::Refused(refusal) => ("refused", json(refusal)),
            Self::Taken(taken) => ("taken", json(taken)),
        }
    }

    pub(crate) fn decode(status: &str, body: &[u8]) -> Option<Self> {
        Some(match status {
            "done" => Self::Done(body.to_vec()),
            "error" => {
                let (code, body) = ErrorCode::split(body)?;
                Self::Error { code, body: body.to_vec() }
            }
            "failed" => Self::Failed(parse(body)?),
            "refused" => Self::Refused(parse(body)?),
            "taken" => Self::Taken(parse(body)?),
            _ => return None,
        })
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    // Enums of text and numbers can always be written.
    serde_json::to_vec(value).unwrap_or_default()
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_json::from_slice(body).ok()
}

impl Reply {
    pub(crate) fn encode(self) -> (HeaderMap, Vec<u8>) {
        let (status, body) = match self.answer {
            // Not copied: it can be large.
            Answer::Done(payload) => ("done", payload),
            answer => answer.encode(),
        };
        let mut headers = HeaderMap::new();
        headers.insert(H_VERSION, VERSION.to_string());
        headers.insert(H_STATUS, status);
        headers.insert(H_HOST, self.host.as_str());
        headers.insert(H_FUEL, self.fuel.to_string());
        headers.insert(H_QUEUED, self.queued.as_micros().to_string());
        headers.insert(H_RAN, self.ran.as_micros().to_string());
        if self.kept {
            headers.insert(H_KEPT, "1");
        }
        (headers, body)
    }

    /// Reads a reply.
    ///
    /// # Errors
    /// The header that is wrong; `Aingle-Status` if the body does not fit it.
    pub(crate) fn decode(headers: Option<&HeaderMap>, body: &[u8]) -> Result<Self, Refusal> {
        let headers = headers.ok_or_else(|| malformed(H_VERSION, ""))?;
        let found = number(headers, H_VERSION)?;
        if found != VERSION {
            return Err(Refusal::Version { expected: VERSION, found });
        }
        let status = get(headers, H_STATUS).unwrap_or_default();
        Ok(Self {
            answer: Answer::decode(status, body).ok_or_else(|| malformed(H_STATUS, status))?,
            host: get(headers, H_HOST).unwrap_or_default().into(),
            fuel: number(headers, H_FUEL)?,
            queued: Duration::from_micros(number(headers, H_QUEUED)?),
            ran: Duration::from_micros(number(headers, H_RAN)?),
            kept: get(headers, H_KEPT).is_some(),
        })
    }
}
