//! A call that is prepared, and its future.

use super::at_once::at_once;
use super::ended::Start;
use super::execute::execute;
use super::handle::CallHandle;
use super::request::Request;
use super::shared::Shared;
use crate::error::RuntimeError;
use crate::stop::Stop;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// A call that is prepared. It begins when it is awaited.
#[must_use = "a call begins when it is awaited"]
pub struct Call<T> {
    shared: Arc<Shared>,
    request: Request<T>,
    stop: Arc<Stop>,
}

/// The future of a call. Dropped before it is ready, it ends the call wherever it is.
pub struct CallFuture<T> {
    /// `None` behind the first poll.
    prepared: Option<Call<T>>,
    /// What the first poll left to do.
    future: Option<Left<T>>,
}

/// A call that does not end at once.
type Left<T> = Pin<Box<dyn Future<Output = Result<T, RuntimeError>> + Send>>;

impl<T: Send + 'static> Call<T> {
    pub(crate) fn new(shared: Arc<Shared>, request: Request<T>) -> Self {
        Self { shared, request, stop: Arc::default() }
    }

    /// Gives the call fuel of its own, at most 2^62, in place of its module's. With more it fails with
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), and does not run.
    pub fn fuel(mut self, fuel: u64) -> Self {
        self.request.fuel = Some(fuel);
        self
    }

    /// Gives the call a time limit of its own, in place of its module's. The time in the queue does not count.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.request.timeout = Some(limit);
        self
    }

    /// Returns a handle that cancels the call.
    #[must_use]
    pub fn handle(&self) -> CallHandle {
        CallHandle { stop: Arc::clone(&self.stop) }
    }
}

impl<T: Send + 'static> IntoFuture for Call<T> {
    type Output = Result<T, RuntimeError>;
    type IntoFuture = CallFuture<T>;

    fn into_future(self) -> CallFuture<T> {
        CallFuture { prepared: Some(self), future: None }
    }
}

impl<T: Send + 'static> Future for CallFuture<T> {
    type Output = Result<T, RuntimeError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Some(Call { shared, mut request, stop }) = this.prepared.take() {
            let mut start = Start::new(&request.module, &request.function);
            if let Some(result) = at_once(&shared, &mut request, &stop, &mut start, context) {
                return Poll::Ready(result);
            }
            this.future = Some(Box::pin(execute(shared, request, stop, start)));
        }
        // Behind its end there is nothing to wait for.
        this.future.as_mut().map_or(Poll::Pending, |future| future.as_mut().poll(context))
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Request { module, function, .. } = &self.request;
        f.debug_struct("Call").field("module", module).field("function", function).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for CallFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallFuture").finish_non_exhaustive()
    }
}
