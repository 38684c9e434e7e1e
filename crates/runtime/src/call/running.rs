//! A call that a thread has, until it ends or is abandoned.

use super::place::Place;
use crate::error::ErrorKind;
use crate::sync::{Arc, Mutex, MutexGuard};
use crate::telemetry::{self, Used};
use crate::threads::Threads;
use std::sync::PoisonError;
use tokio::sync::oneshot;
use tracing::Span;

/// A call that a thread has. Whoever takes what is inside ends it: the thread, or who abandons it.
pub(crate) struct Running<T> {
    pending: Mutex<Option<Pending<T>>>,
    threads: Arc<Threads>,
    pub(crate) span: Span,
}

struct Pending<T> {
    place: Place,
    reply: oneshot::Sender<Result<T, ErrorKind>>,
}

impl<T> Running<T> {
    pub(crate) fn new(
        place: Place,
        reply: oneshot::Sender<Result<T, ErrorKind>>,
        threads: Arc<Threads>,
        span: Span,
    ) -> Self {
        Self { pending: Mutex::new(Some(Pending { place, reply })), threads, span }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Pending<T>>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread has done its work, and is free.
    pub(crate) fn finish(&self, result: Result<T, ErrorKind>, used: Used) {
        telemetry::used(&self.span, used);
        let Some(Pending { place, reply }) = self.lock().take() else {
            self.threads.recover();
            return telemetry::abandoned(false);
        };
        place.loaded.counters.ended(result.is_err(), used);
        // Who gets the result can call again at once.
        drop(place);
        let _ = reply.send(result);
    }

    /// Gives the call up: its place is another's, and its thread ends when it can. Unless too many are given up already.
    pub(crate) fn abandon(&self) {
        let Some(Pending { place, reply }) = self.take_abandoned() else { return };
        telemetry::abandoned(true);
        place.loaded.counters.ended(true, Used::default());
        tracing::warn!(parent: &self.span, "the call did not end when it was told to: its thread is abandoned");
        drop((place, reply));
    }

    fn take_abandoned(&self) -> Option<Pending<T>> {
        let mut pending = self.lock();
        let limit = pending.as_ref()?.place.loaded.config.max_abandoned_threads;
        if self.threads.abandon(limit) { pending.take() } else { None }
    }
}
