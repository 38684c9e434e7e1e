//! The span of a call at its host. That of the caller has the same id and the same trace context.

use crate::nats::wire::{Answer, Reply, Request, Target};
use tracing::Span;
use tracing::field::Empty;

/// The span of a call at a host.
pub(super) fn serve_span(target: &Target, request: &Request, host: &str) -> Span {
    tracing::info_span!(
        "fleet_serve",
        module = %target.module,
        function = target.function,
        call = request.id.as_str(),
        trace = request.trace.as_deref(),
        caller = request.caller.as_str(),
        host,
        queue_us = Empty,
        run_us = Empty,
        fuel = Empty,
        outcome = Empty
    )
}

/// Records how a call ended at a host.
pub(super) fn served(span: &Span, reply: &Reply) {
    let micros = |time: std::time::Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    span.record("queue_us", micros(reply.queued))
        .record("run_us", micros(reply.ran))
        .record("fuel", reply.fuel);
    let outcome = match reply.answer {
        Answer::Done(_) => "done",
        Answer::Error { .. } => "error",
        Answer::Failed(_) => "failed",
        Answer::Refused(_) => "refused",
        Answer::Taken(_) => "taken",
    };
    span.record("outcome", outcome);
}
