//! What every request passes. It is no middleware of axum's, each of which costs a request some allocations.

use super::receiving::{Receiving, Slow};
use super::refusal::{ENDED, LARGE, PANIC, SLOW, in_json};
use aingle_wasm_runtime::service::refuse_other_sites;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::future::RouteFuture;
use hyper::body::{Body as _, Incoming};
use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::watch;
use tower_service::Service as _;

/// Who is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    All,
    /// No pages of other sites.
    ButOtherSites,
}

/// Routes, for these clients, until requests in flight are given up.
#[derive(Clone)]
pub struct Answering {
    pub app: Router,
    pub clients: Clients,
    /// Size of the body of a request, in bytes.
    pub max_body: usize,
    /// How long the server waits for the body of a request.
    pub timeout: Duration,
    /// Whether there was a request. Each connection has its own.
    pub is_asked: Arc<AtomicBool>,
    /// Whether requests are given up.
    pub ended: Arc<watch::Receiver<bool>>,
}

impl hyper::service::Service<Request<Incoming>> for Answering {
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, mut request: Request<Incoming>) -> Answer {
        self.is_asked.store(true, Relaxed);
        let functions = self.clients == Clients::ButOtherSites;
        if functions && let Some(refused) = refuse_other_sites(&request) {
            return Answer::Refused(Some(refused));
        }
        // A component says so itself.
        if functions && request.body().size_hint().lower() > self.max_body as u64 {
            return Answer::Refused(Some(LARGE.into_response()));
        }
        DefaultBodyLimit::max(self.max_body).apply(&mut request);
        let ended = Ended::Unasked(Arc::clone(&self.ended));
        let mut app = self.app.clone();
        if request.body().is_end_stream() {
            return Answer::Runs { answer: app.call(request), functions, slow: None, ended };
        }
        let (head, body) = request.into_parts();
        let (body, slow) = Receiving::new(body, self.timeout);
        let answer = app.call(Request::from_parts(head, body));
        Answer::Runs { answer, functions, slow: Some(slow), ended }
    }
}

/// Answer of one request.
#[expect(clippy::large_enum_variant, reason = "nearly all requests have the larger one")]
pub enum Answer {
    Refused(Option<Response>),
    Runs { answer: RouteFuture<Infallible>, functions: bool, slow: Option<Slow>, ended: Ended },
}

/// The end of requests. Most answers are there at once, and do not ask for it.
pub enum Ended {
    Unasked(Arc<watch::Receiver<bool>>),
    Asked(Pin<Box<dyn Future<Output = ()> + Send>>),
}

impl Ended {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Self::Unasked(ended) = self {
            let mut ended = watch::Receiver::clone(ended);
            // Whoever tells of it is there as long as there are requests.
            *self = Self::Asked(Box::pin(async move { drop(ended.wait_for(|ended| *ended).await) }));
        }
        match self {
            Self::Asked(ended) => ended.as_mut().poll(context),
            Self::Unasked(_) => Poll::Pending,
        }
    }
}

impl Future for Answer {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (answer, functions, slow, ended) = match self.get_mut() {
            Self::Refused(refused) => {
                return refused.take().map_or(Poll::Pending, |refused| Poll::Ready(Ok(refused)));
            }
            Self::Runs { answer, functions, slow, ended } => (answer, *functions, slow, ended),
        };
        // A panic is told to this client. After it nothing of the answer is used.
        Poll::Ready(Ok(match catch_unwind(AssertUnwindSafe(|| Pin::new(answer).poll(context))) {
            Err(_) => PANIC.into_response(),
            Ok(Poll::Ready(_)) if slow.as_ref().is_some_and(Slow::is_set) => SLOW.into_response(),
            Ok(Poll::Ready(Ok(answer))) => {
                if functions {
                    in_json(answer)
                } else {
                    answer
                }
            }
            Ok(Poll::Pending) => {
                ready!(ended.poll(context));
                ENDED.into_response()
            }
        }))
    }
}
