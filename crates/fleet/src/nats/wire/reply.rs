//! The header and the body of a reply.

use super::facts::{Failure, Refusal, Taken};
use super::len::sent_len;
use super::request::{Fields, HEADER, VERSION, malformed};
use aingle_wasm_types::ErrorCode;
use async_nats::HeaderMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The last field of a reply that was stored.
const KEPT: &str = "kept";

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
    pub(crate) fn encode(mut self) -> (HeaderMap, Vec<u8>) {
        let (status, body) = match &mut self.answer {
            // Not copied: it can be large.
            Answer::Done(payload) => ("done", std::mem::take(payload)),
            answer => answer.encode(),
        };
        (self.header(status), body)
    }

    fn header(&self, status: &str) -> HeaderMap {
        let (host, fuel, kept) = (&self.host, self.fuel, if self.kept { " kept" } else { "" });
        let (queued, ran) = (self.queued.as_micros(), self.ran.as_micros());
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, format!("{VERSION} {status} {host} {fuel} {queued} {ran}{kept}"));
        headers
    }

    /// Returns how long the message is, with the body that it has if the function answered.
    pub(crate) fn sent_len(&self, body: usize) -> usize {
        sent_len(&self.header("done"), body)
    }

    /// Reads a reply.
    ///
    /// # Errors
    /// The field that is wrong; `status` if the body does not fit it.
    pub(crate) fn decode(headers: Option<&HeaderMap>, body: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::of(headers)?;
        let status = fields.text("status")?;
        Ok(Self {
            answer: Answer::decode(status, body).ok_or_else(|| malformed("status", status))?,
            host: fields.text("host")?.into(),
            fuel: fields.number("fuel")?,
            queued: Duration::from_micros(fields.number("queued")?),
            ran: Duration::from_micros(fields.number("ran")?),
            kept: fields.next() == Some(KEPT),
        })
    }
}
