//! The header of a request.

use super::facts::Refusal;
use super::names::{CallId, CallerName};
use async_nats::HeaderMap;
use std::fmt::Write;
use std::str::FromStr;
use std::time::Duration;

/// Version of the protocol.
pub(super) const VERSION: u32 = 1;

/// The header of requests and replies. One, because each header costs the broker and both sides time.
pub(super) const HEADER: &str = "Aingle";

/// A field that is left out.
const NONE: &str = "-";

const TRACE: &str = "traceparent";

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
        let mut line = String::with_capacity(128);
        let runs = if self.runs == Runs::Once { "once" } else { "repeatedly" };
        // Rounded up: a host does not stop a call before the caller's time is over.
        let deadline = self.deadline.as_nanos().div_ceil(1_000_000);
        let (id, caller) = (&self.id, &self.caller);
        // Writing to a text does not fail.
        let _ = write!(line, "{VERSION} {runs} {id} {deadline} {caller} ");
        let _ = match self.fuel {
            Some(fuel) => write!(line, "{fuel}"),
            None => line.write_str(NONE),
        };
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, line);
        // A line break would end the header.
        if let Some(trace) = self.trace.as_deref().filter(|trace| !trace.contains(['\r', '\n'])) {
            headers.insert(TRACE, trace);
        }
        headers
    }

    /// Reads the headers of a request.
    ///
    /// # Errors
    /// [`Refusal::Version`] and [`Refusal::Malformed`].
    pub(crate) fn decode(headers: Option<&HeaderMap>) -> Result<Self, Refusal> {
        let mut fields = Fields::of(headers)?;
        let runs = match fields.text("runs")? {
            "once" => Runs::Once,
            "repeatedly" => Runs::Repeatedly,
            other => return Err(malformed("runs", other)),
        };
        let id = fields.text("id")?;
        let id = CallId::new(id).map_err(|_| malformed("id", id))?;
        let deadline = Duration::from_millis(fields.number("deadline")?);
        let caller = fields.text("caller")?;
        let caller = CallerName::new(caller).map_err(|_| malformed("caller", caller))?;
        let fuel = match fields.text("fuel")? {
            NONE => None,
            fuel => Some(number("fuel", fuel)?),
        };
        let trace = headers.and_then(|headers| headers.get(TRACE)).map(|trace| trace.as_str().to_owned());
        Ok(Self { id, deadline, runs, caller, fuel, trace })
    }
}

/// The fields of the header, one after the other. Further ones are ignored.
pub(super) struct Fields<'h> {
    rest: std::str::Split<'h, char>,
}

impl<'h> Fields<'h> {
    /// Finds the header, and compares the version.
    pub(super) fn of(headers: Option<&'h HeaderMap>) -> Result<Self, Refusal> {
        let header = headers.and_then(|headers| headers.get(HEADER));
        let header = header.ok_or_else(|| malformed(HEADER, ""))?.as_str();
        let mut fields = Self { rest: header.split(' ') };
        let found = fields.number("version")?;
        if found != VERSION {
            return Err(Refusal::Version { expected: VERSION, found });
        }
        Ok(fields)
    }

    pub(super) fn next(&mut self) -> Option<&'h str> {
        self.rest.next()
    }

    pub(super) fn text(&mut self, name: &str) -> Result<&'h str, Refusal> {
        self.next().ok_or_else(|| malformed(name, ""))
    }

    pub(super) fn number<T: FromStr>(&mut self, name: &str) -> Result<T, Refusal> {
        number(name, self.text(name)?)
    }
}

/// Reads a number in decimal digits.
fn number<T: FromStr>(name: &str, text: &str) -> Result<T, Refusal> {
    digits(text).ok_or_else(|| malformed(name, text))
}

/// Reads a number that is decimal digits and nothing else.
pub(crate) fn digits<T: FromStr>(text: &str) -> Option<T> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

pub(super) fn malformed(field: &str, found: &str) -> Refusal {
    Refusal::Malformed { field: field.into(), found: found.chars().take(80).collect() }
}
