//! Spans of what happens often.

use tracing::span::EnteredSpan;
use tracing::{Level, level_enabled};

/// The span of a call. Where nobody listens there is none, for one comparison.
#[inline]
pub(crate) fn call(function: &str) -> Option<EnteredSpan> {
    level_enabled!(Level::TRACE).then(|| enter(function))
}

#[cold]
fn enter(function: &str) -> EnteredSpan {
    tracing::trace_span!("call", function).entered()
}
