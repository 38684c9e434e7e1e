//! The end of a call, as it is told to those who watch.

use super::attempt::attempt;
use super::request::Request;
use super::shared::Shared;
use crate::error::{ErrorKind, RuntimeError};
use crate::module::Loaded;
use crate::stop::Stop;
use crate::telemetry;
use std::time::{Duration, Instant};
use tracing::Span;

/// When a call began, and what was done for it in its first poll.
pub(super) struct Start {
    span: Span,
    pub(super) began: Instant,
    /// Whether an attempt at it was made.
    pub(super) tried: bool,
}

impl Start {
    pub(super) fn new(module: &str, function: &str) -> Self {
        Self { span: telemetry::call_span(module, function), began: Instant::now(), tried: false }
    }
}

/// A call that has begun. Its end is told when it ends, or when this is dropped because nobody waits for it any more.
pub(super) struct Begun<'c> {
    pub(super) span: Span,
    began: Instant,
    ended: bool,
    shown: Shown<'c>,
}

/// What is shown of a call beside its times.
#[cfg_attr(not(feature = "service"), expect(dead_code, reason = "only the service shows the last calls"))]
struct Shown<'c> {
    shared: &'c Shared,
    stop: &'c Stop,
    module: &'c str,
    function: &'c str,
    queued: Duration,
}

impl<'c> Begun<'c> {
    pub(super) fn new(
        shared: &'c Shared,
        stop: &'c Stop,
        module: &'c str,
        function: &'c str,
        start: &Start,
    ) -> Self {
        Self {
            span: start.span.clone(),
            began: start.began,
            ended: false,
            shown: Shown { shared, stop, module, function, queued: Duration::ZERO },
        }
    }

    /// The call has a place to run, for which it waited so long.
    pub(super) fn waited(&mut self, queued: Duration) {
        self.shown.queued = queued;
        telemetry::queued(&self.span, queued);
    }

    /// Tries the call on this thread, which began it at this moment, and tells what it used. `None` if it has to be made on another one.
    pub(super) fn attempt<T>(
        &self,
        loaded: &Loaded,
        request: &mut Request<T>,
        began: Instant,
    ) -> Option<Result<T, ErrorKind>> {
        let (result, used) = self.span.in_scope(|| attempt(loaded, request, self.shown.stop, began))?;
        telemetry::used(&self.span, used);
        loaded.counters.ended(result.is_err(), used);
        Some(result)
    }

    /// The call has ended for its caller. Returns its result, with the names of the call in an error.
    pub(super) fn end<T>(mut self, result: Result<T, ErrorKind>) -> Result<T, RuntimeError> {
        let Shown { module, function, .. } = self.shown;
        let result = result.map_err(|kind| RuntimeError::from(kind).of_call(module, function));
        self.ended = true;
        let error = result.as_ref().err();
        self.tell(error.map_or("ok", |error| error.kind().label()), error);
        result
    }

    /// The call goes on as another one of these.
    pub(super) fn goes_on(mut self) {
        self.ended = true;
    }

    fn tell(&self, outcome: &'static str, error: Option<&RuntimeError>) {
        let took = self.began.elapsed();
        telemetry::called(&self.span, outcome, error, took);
        #[cfg(feature = "service")]
        self.shown.shared.recent.add(|| crate::recent::Seen {
            at: std::time::SystemTime::now(),
            module: self.shown.module.to_owned(),
            function: self.shown.function.to_owned(),
            outcome,
            error: error.map(|error| error.kind().to_string()),
            took,
            queued: self.shown.queued,
            used: self.shown.stop.used(),
        });
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.tell("dropped", None);
        }
    }
}
