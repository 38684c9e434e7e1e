//! Spans of what happens often.

use tracing::Level;
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing::span::EnteredSpan;

/// The span of a call of the function that `function` names. Where nobody listens there is none, for one comparison.
#[inline]
pub(crate) fn call<'n>(function: impl FnOnce() -> &'n str) -> Option<EnteredSpan> {
    let listened = Level::TRACE <= STATIC_MAX_LEVEL && Level::TRACE <= LevelFilter::current();
    listened.then(|| enter(function()))
}

#[cold]
fn enter(function: &str) -> EnteredSpan {
    tracing::trace_span!("call", function).entered()
}
