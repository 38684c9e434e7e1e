//! What every request passes. It is no middleware of axum's, each of which costs a request some allocations.

use aingle_wasm_runtime::service::refuse_other_sites;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::future::RouteFuture;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::watch;
use tower_service::Service;

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
    pub max_body: DefaultBodyLimit,
    /// Whether requests are given up.
    pub ended: Arc<watch::Receiver<bool>>,
}

impl Service<Request> for Answering {
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Answer {
        if self.clients == Clients::ButOtherSites
            && let Some(refused) = refuse_other_sites(&request)
        {
            return Answer::Refused(Some(refused));
        }
        self.max_body.apply(&mut request);
        Answer::Runs { answer: self.app.call(request), ended: Ended::Unasked(Arc::clone(&self.ended)) }
    }
}

/// Answer of one request.
#[expect(clippy::large_enum_variant, reason = "nearly all requests have the larger one")]
pub enum Answer {
    Refused(Option<Response>),
    Runs { answer: RouteFuture<Infallible>, ended: Ended },
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
        match self.get_mut() {
            Self::Refused(refused) => {
                refused.take().map_or(Poll::Pending, |refused| Poll::Ready(Ok(refused)))
            }
            Self::Runs { answer, ended } => match Pin::new(answer).poll(context) {
                Poll::Pending => {
                    ended.poll(context).map(|()| Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()))
                }
                answered => answered,
            },
        }
    }
}
