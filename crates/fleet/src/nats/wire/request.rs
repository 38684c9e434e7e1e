//! The headers of a request.

use super::facts::Refusal;
use super::names::{CallId, CallerName};
use async_nats::HeaderMap;
use std::str::FromStr;
use std::time::Duration;

/// Version of the protocol.
pub(crate) const VERSION: u32 = 1;

pub(crate) const H_VERSION: &str = "Aingle-Version";
const H_CALL: &str = "Aingle-Call";
const H_DEADLINE: &str = "Aingle-Deadline-Ms";
const H_RUNS: &str = "Aingle-Runs";
const H_CALLER: &str = "Aingle-Caller";
const H_FUEL: &str = "Aingle-Fuel";
const H_TRACE: &str = "traceparent";

/// How often a call may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Runs {
    /// Once at most. An id in a bucket of JetStream decides.
    #[default]
    Once,
    /// More than once: the call is idempotent. It needs no JetStream.
    Repeatedly,
}

/// What a request says beside its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) id: CallId,
    /// How long the caller waits, from when it sent the request.
    pub(crate) deadline: Duration,
    pub(crate) runs: Runs,
    pub(crate) caller: CallerName,
    /// Fuel of the call. `None` is what the host gives.
    pub(crate) fuel: Option<u64>,
    /// The W3C trace context of the caller, passed on as it is.
    pub(crate) trace: Option<String>,
}

impl Request {
    pub(crate) fn encode(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(H_VERSION, VERSION.to_string());
        headers.insert(H_CALL, self.id.as_str());
        headers.insert(H_DEADLINE, self.deadline.as_millis().to_string());
        let runs = if self.runs == Runs::Once { "once" } else { "repeatedly" };
        headers.insert(H_RUNS, runs);
        headers.insert(H_CALLER, self.caller.as_str());
        if let Some(fuel) = self.fuel {
            headers.insert(H_FUEL, fuel.to_string());
        }
        // A line break would end the header.
        if let Some(trace) = self.trace.as_deref().filter(|trace| !trace.contains(['\r', '\n'])) {
            headers.insert(H_TRACE, trace);
        }
        headers
    }

    /// Reads the headers of a request.
    ///
    /// # Errors
    /// [`Refusal::Version`] and [`Refusal::Malformed`].
    pub(crate) fn decode(headers: Option<&HeaderMap>) -> Result<Self, Refusal> {
        let headers = headers.ok_or(malformed(H_VERSION, ""))?;
        let found = number(headers, H_VERSION)?;
        if found != VERSION {
            return Err(Refusal::Version { expected: VERSION, found });
        }
        let text = |name| get(headers, name).unwrap_or_default();
        let runs = match text(H_RUNS) {
            "once" => Runs::Once,
            "repeatedly" => Runs::Repeatedly,
            other => return Err(malformed(H_RUNS, other)),
        };
        Ok(Self {
            id: CallId::new(text(H_CALL)).map_err(|_| malformed(H_CALL, text(H_CALL)))?,
            deadline: Duration::from_millis(number(headers, H_DEADLINE)?),
            runs,
            caller: CallerName::new(text(H_CALLER)).map_err(|_| malformed(H_CALLER, text(H_CALLER)))?,
            fuel: get(headers, H_FUEL).map(|_| number(headers, H_FUEL)).transpose()?,
            trace: get(headers, H_TRACE).map(str::to_owned),
        })
    }
}

pub(super) fn get<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).map(|value| value.as_str())
}

/// Reads a number in decimal digits.
pub(super) fn number<T: FromStr>(headers: &HeaderMap, name: &'static str) -> Result<T, Refusal> {
    let text = get(headers, name).unwrap_or_default();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or_else(|| malformed(name, text))
}

pub(super) fn malformed(header: &str, found: &str) -> Refusal {
    Refusal::Malformed { header: header.into(), found: found.chars().take(80).collect() }
}
