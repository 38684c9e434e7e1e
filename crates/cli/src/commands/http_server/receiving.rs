//! Bodies of requests that have to arrive in time.

use axum::Error;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// Body of a request. It breaks off when the server has waited too long for its parts, all taken together.
pub struct Receiving {
    body: Incoming,
    timeout: Duration,
    waits: Option<Wait>,
    slow: Slow,
}

/// Waiting for a part.
struct Wait {
    began: Instant,
    end: Pin<Box<Sleep>>,
    arrival: Arc<Arrival>,
}

/// When a part came. Whoever reads it may come later, and that is not the client's time.
struct Arrival(Mutex<(Option<Instant>, Waker)>);

impl Arrival {
    fn lock(&self) -> MutexGuard<'_, (Option<Instant>, Waker)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Arrival {
    fn wake(self: Arc<Self>) {
        let mut inner = self.lock();
        inner.0.get_or_insert_with(Instant::now);
        inner.1.wake_by_ref();
    }
}

impl Wait {
    fn begin(timeout: Duration, reader: &Waker) -> Self {
        let arrival = Arc::new(Arrival(Mutex::new((None, reader.clone()))));
        Self { began: Instant::now(), end: Box::pin(sleep(timeout)), arrival }
    }

    /// Returns how long the client has taken until now, and what wakes this reader from now on.
    fn go_on(&self, reader: &Waker) -> (Duration, Waker) {
        let mut inner = self.arrival.lock();
        let came = inner.0.take().unwrap_or_else(Instant::now);
        inner.1.clone_from(reader);
        (came.saturating_duration_since(self.began), Waker::from(Arc::clone(&self.arrival)))
    }
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

    /// Polls the body, so that it is known when the part comes that is waited for.
    fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let (took, waker) = match &self.waits {
            Some(wait) => wait.go_on(context.waker()),
            None => (Duration::ZERO, context.waker().clone()),
        };
        let frame = Pin::new(&mut self.body).poll_frame(&mut Context::from_waker(&waker));
        if frame.is_ready() {
            self.timeout = self.timeout.saturating_sub(took);
            self.waits = None;
            return frame;
        }
        if self.waits.is_some() {
            return Poll::Pending;
        }
        self.waits = Some(Wait::begin(self.timeout, context.waker()));
        self.poll_body(context)
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
        if let Poll::Ready(frame) = this.poll_body(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::new)));
        }
        let in_time = |wait: &mut Wait| wait.end.as_mut().poll(context).is_pending();
        if this.waits.as_mut().is_none_or(in_time) {
            return Poll::Pending;
        }
        this.slow.0.store(true, Relaxed);
        Poll::Ready(Some(Err(Error::new(TooSlow))))
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
