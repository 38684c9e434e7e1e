//! Bodies of requests that have to arrive in time.

use axum::Error;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// Body of a request. It breaks off when the server has waited too long for its parts, all taken together.
pub struct Receiving {
    body: Incoming,
    timeout: Duration,
    waits: Option<(Instant, Pin<Box<Sleep>>)>,
    slow: Slow,
}

/// Whether a body broke off. Clones share it.
#[derive(Clone, Default)]
pub struct Slow(Arc<AtomicBool>);

impl Slow {
    pub fn is_set(&self) -> bool {
        self.0.load(Relaxed)
    }
}

impl Receiving {
    pub fn new(body: Incoming, timeout: Duration) -> (Self, Slow) {
        let slow = Slow::default();
        (Self { body, timeout, waits: None, slow: slow.clone() }, slow)
    }

    /// Waits for a part, if there is time left.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let timeout = self.timeout;
        let (_, end) = self.waits.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(timeout))));
        if end.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.slow.0.store(true, Relaxed);
        Poll::Ready(Some(Err(Error::new(TooSlow))))
    }
}

impl Body for Receiving {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) else {
            return this.wait(context);
        };
        if let Some((began, _)) = this.waits.take() {
            this.timeout = this.timeout.saturating_sub(began.elapsed());
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Error::new)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[derive(Debug)]
struct TooSlow;

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too slow")
    }
}

impl std::error::Error for TooSlow {}
