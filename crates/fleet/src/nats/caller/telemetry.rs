//! The span of a call at its caller. That of the host has the same id and the same trace context.

use super::options::{CallOptions, Report};
use crate::nats::error::CallError;
use crate::nats::wire::{CallId, Ran, Target};
use tracing::Span;
use tracing::field::Empty;

/// The span of a call at its caller.
pub(super) fn call_span(target: &Target, id: &CallId, options: &CallOptions) -> Span {
    tracing::info_span!(
        "fleet_call",
        module = %target.module,
        function = target.function,
        call = id.as_str(),
        trace = options.trace.as_deref(),
        host = Empty,
        tries = Empty,
        fuel = Empty,
        outcome = Empty
    )
}

/// Records how a call ended for its caller.
pub(super) fn called(span: &Span, ended: Result<&Report, &CallError>) {
    let outcome = match ended {
        Ok(report) => {
            span.record("host", report.host.as_str())
                .record("tries", report.tries)
                .record("fuel", report.fuel);
            "answered"
        }
        Err(error) => match error.ran() {
            Ran::No => "not_run",
            Ran::Yes => "failed",
            Ran::Unknown => "unknown",
        },
    };
    span.record("outcome", outcome);
}
