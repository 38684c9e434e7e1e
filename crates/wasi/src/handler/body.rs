//! Bodies of requests and responses, within their limits.

use super::counts::Counters;
use super::task::Task;
use bytes::Bytes;
use http::Request;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use wasmtime_wasi_http::{Error, WasiBody};

/// Body of a response. When it is dropped before its end, the guest that writes it is stopped.
pub struct Body {
    body: WasiBody,
    left: u64,
    limit: u64,
    task: Task,
    fate: Fate,
    counters: Arc<Counters>,
}

/// Whether the guest of a request was stopped. Clones share it.
#[derive(Clone, Default)]
pub struct Fate(Arc<AtomicBool>);

impl Fate {
    /// Returns what says that the guest was stopped, when it is dropped before anything of the guest is.
    pub fn told(&self) -> Told<'_> {
        Told { fate: self, is_well: false }
    }

    fn is_stopped(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// What says that a guest was stopped, unless it has ended well.
pub struct Told<'f> {
    fate: &'f Fate,
    is_well: bool,
}

impl Told<'_> {
    /// Says that it has ended well.
    pub fn is_well(&mut self) {
        self.is_well = true;
    }
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if !self.is_well {
            self.fate.0.store(true, Relaxed);
        }
    }
}

/// Why a body of a response broke off.
#[derive(Debug)]
#[non_exhaustive]
pub enum BodyError {
    /// The body is larger than [`Limits::response_body`](crate::Limits::response_body), in bytes.
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The guest was stopped, or ended without the rest.
    Broken {
        /// What is said of it.
        reason: String,
    },
}

impl Body {
    /// Returns the body that a guest writes.
    pub(super) fn new(
        body: WasiBody,
        limit: u64,
        mut task: Task,
        fate: Fate,
        counters: Arc<Counters>,
    ) -> Self {
        if body.is_end_stream() {
            task.let_go();
        }
        Self { body, left: limit, limit, task, fate, counters }
    }

    fn broken(&self, error: BodyError) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.counters.failed();
        Poll::Ready(Some(Err(error)))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let Some(frame) = ready!(Pin::new(&mut this.body).poll_frame(context)) else {
            // The body of a guest that is gone ends as one that is whole.
            if this.fate.is_stopped() {
                return this.broken(BodyError::Broken { reason: "the guest was stopped".into() });
            }
            this.task.let_go();
            return Poll::Ready(None);
        };
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return this.broken(BodyError::Broken { reason: error.to_string() }),
        };
        let len = frame.data_ref().map_or(0, Bytes::len) as u64;
        let Some(left) = this.left.checked_sub(len) else {
            return this.broken(BodyError::TooLarge { limit: this.limit });
        };
        this.left = left;
        if this.body.is_end_stream() {
            this.task.let_go();
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("left", &self.left).finish_non_exhaustive()
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { limit } => {
                write!(f, "the body of the response is too large (limit {limit} bytes)")
            }
            Self::Broken { reason } => write!(f, "the body of the response broke off: {reason}"),
        }
    }
}

impl std::error::Error for BodyError {}

/// Body of a request, as a guest reads it.
pub struct Incoming<B> {
    body: Pin<Box<B>>,
    left: u64,
    limit: u64,
    too_large: TooLarge,
}

/// Whether a body was larger than its limit. Clones share it.
#[derive(Clone, Default)]
pub struct TooLarge(Arc<AtomicBool>);

impl TooLarge {
    pub fn is_set(&self) -> bool {
        self.0.load(Relaxed)
    }
}

impl<B> Incoming<B>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    /// Limits the body of a request.
    pub fn limit(request: Request<B>, limit: u64) -> (Request<WasiBody>, TooLarge) {
        let too_large = TooLarge::default();
        let told = too_large.clone();
        let limited =
            |body| Self { body: Box::pin(body), left: limit, limit, too_large: told }.boxed_unsync();
        (request.map(limited), too_large)
    }
}

impl<B> http_body::Body for Incoming<B>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        let Some(frame) = ready!(this.body.as_mut().poll_frame(context)) else { return Poll::Ready(None) };
        // The client went away, or broke the protocol.
        let frame = frame.map_err(|error| Error::InternalError(Some(error.to_string())));
        let len = frame.as_ref().ok().and_then(Frame::data_ref).map_or(0, Bytes::len) as u64;
        let Some(left) = this.left.checked_sub(len) else {
            this.too_large.0.store(true, Relaxed);
            return Poll::Ready(Some(Err(Error::HttpRequestBodySize(Some(this.limit)))));
        };
        this.left = left;
        Poll::Ready(Some(frame))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
