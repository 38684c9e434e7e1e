//! What can be said of a call, and what is told of it.

use crate::nats::wire::{CallId, Runs};
use std::time::Duration;

/// What can be said of a call.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CallOptions {
    /// How long the caller waits, at most a year. Default: 30 s.
    pub deadline: Duration,
    /// Whether the call may run more than once. Default: once.
    pub runs: Runs,
    /// Fuel of the call. Default: `None`, what the host gives.
    pub fuel: Option<u64>,
    /// The id of the call, for a caller that may ask again later, even after a restart. Default: `None`, a new one.
    pub id: Option<CallId>,
    /// How often the call is sent at most, when hosts leave or die. Overloaded hosts get it three times at most. Default: 10.
    pub tries: u32,
    /// How long the caller waits for a reply before it asks whether a host still has the call, and how long it waits for
    /// that answer, at most a year. It asks again after twice the time, up to 16 times. Default: 500 ms.
    pub probe: Duration,
    /// The W3C trace context that hosts pass on. Default: `None`.
    pub trace: Option<String>,
}

/// The longest time that a caller waits. Clocks of the system end somewhere.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

impl Default for CallOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(30),
            runs: Runs::Once,
            fuel: None,
            id: None,
            tries: 10,
            probe: Duration::from_millis(500),
            trace: None,
        }
    }
}

impl CallOptions {
    pub(super) fn waits(&self) -> Duration {
        self.deadline.min(LONGEST)
    }

    pub(super) fn probes(&self) -> Duration {
        self.probe.min(LONGEST)
    }

    /// Returns the options with another deadline.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Returns the options of a call that may run more than once.
    #[must_use]
    pub fn idempotent(self) -> Self {
        Self { runs: Runs::Repeatedly, ..self }
    }

    /// Returns the options with fuel.
    #[must_use]
    pub fn fuel(self, fuel: u64) -> Self {
        Self { fuel: Some(fuel), ..self }
    }

    /// Returns the options with an id.
    #[must_use]
    pub fn id(self, id: CallId) -> Self {
        Self { id: Some(id), ..self }
    }

    /// Returns the options with another time after which the caller asks for the call.
    #[must_use]
    pub fn probe(self, probe: Duration) -> Self {
        Self { probe, ..self }
    }

    /// Returns the options with the trace context that hosts pass on.
    #[must_use]
    pub fn trace(self, trace: &str) -> Self {
        Self { trace: Some(trace.into()), ..self }
    }

    /// Returns the options with another number of tries.
    #[must_use]
    pub fn tries(self, tries: u32) -> Self {
        Self { tries, ..self }
    }
}

/// A value, and what is told of the call that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replied<T> {
    /// The value.
    pub value: T,
    /// What is told of the call.
    pub report: Report,
}

/// What is told of a call that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The id of the call.
    pub id: CallId,
    /// The host that ran it.
    pub host: String,
    /// Fuel that it used.
    pub fuel: u64,
    /// How long it waited at the host.
    pub queued: Duration,
    /// How long it ran.
    pub ran: Duration,
    /// How often it was sent.
    pub tries: u32,
    /// Whether the reply was stored, and this call ran earlier.
    pub kept: bool,
}
