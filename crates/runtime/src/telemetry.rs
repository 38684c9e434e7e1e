//! Traces and metrics.
//!
//! Names and labels are few: no label has the name of a module or a function. Those are in the spans, and numbers of
//! each module in `ModuleInfo`.

use crate::error::{ErrorKind, RuntimeError};
use std::time::Duration;
use tracing::Span;
use tracing::field::Empty;

/// Calls that ended, those included that were refused before they ran. Label `outcome`: `ok`, or a word of [`ErrorKind::label`].
const CALLS: &str = "aingle_wasm_runtime_calls_total";
/// Seconds that calls took, with their time in the queue.
const CALL_SECONDS: &str = "aingle_wasm_runtime_call_seconds";
/// Seconds that calls waited for a place to run.
const QUEUE_SECONDS: &str = "aingle_wasm_runtime_queue_seconds";
/// Fuel that calls used.
const FUEL: &str = "aingle_wasm_runtime_fuel_total";
/// Loads and replacements that ended. Label `outcome`, as of calls.
const LOADS: &str = "aingle_wasm_runtime_loads_total";
/// Modules that are loaded.
const MODULES: &str = "aingle_wasm_runtime_modules";
/// Threads that go on with calls that were given up.
const ABANDONED: &str = "aingle_wasm_runtime_abandoned_threads";

/// Requests of guests. Label `outcome`: `ok`, `failed` or `not_granted`.
#[cfg(feature = "http")]
const HTTP: &str = "aingle_wasm_runtime_http_requests_total";

/// What a call used, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    pub(crate) fuel: Option<u64>,
    /// The size of the guest's memory after the call, in bytes.
    pub(crate) memory: Option<u64>,
}

pub(crate) fn call_span(module: &str, function: &str) -> Span {
    tracing::info_span!(
        "wasm_call",
        module,
        function,
        queue_us = Empty,
        fuel = Empty,
        memory = Empty,
        outcome = Empty,
        otel.kind = "internal",
        otel.status_code = Empty,
        otel.status_description = Empty,
        error.type = Empty
    )
}

pub(crate) fn queued(span: &Span, waited: Duration) {
    span.record("queue_us", u64::try_from(waited.as_micros()).unwrap_or(u64::MAX));
    metrics::histogram!(QUEUE_SECONDS).record(waited.as_secs_f64());
}

pub(crate) fn used(span: &Span, used: Used) {
    if let Some(fuel) = used.fuel {
        span.record("fuel", fuel);
        metrics::counter!(FUEL).increment(fuel);
    }
    used.memory.inspect(|memory| {
        span.record("memory", *memory);
    });
}

/// A call has ended, for its caller or because nobody waits for it.
pub(crate) fn called(span: &Span, outcome: &'static str, error: Option<&RuntimeError>, took: Duration) {
    span.record("outcome", outcome);
    if let Some(error) = error {
        span.record("otel.status_code", "ERROR");
        span.record("otel.status_description", tracing::field::display(error));
        span.record("error.type", outcome);
    }
    metrics::counter!(CALLS, "outcome" => outcome).increment(1);
    metrics::histogram!(CALL_SECONDS).record(took.as_secs_f64());
}

pub(crate) fn loaded(error: Option<&ErrorKind>, modules: usize) {
    metrics::counter!(LOADS, "outcome" => error.map_or("ok", ErrorKind::label)).increment(1);
    modules_are(modules);
}

pub(crate) fn modules_are(modules: usize) {
    metrics::gauge!(MODULES).set(modules as f64);
}

pub(crate) fn abandoned(more: bool) {
    let gauge = metrics::gauge!(ABANDONED);
    if more { gauge.increment(1.0) } else { gauge.decrement(1.0) }
}

/// A request of a guest has ended.
#[cfg(feature = "http")]
pub(crate) fn http(outcome: &'static str) {
    metrics::counter!(HTTP, "outcome" => outcome).increment(1);
}
