//! Components that answer HTTP requests.

mod body;
mod counts;
mod exchange;
mod proxy;
mod request;
mod room;
mod shared;
mod task;

pub use body::{Body, BodyError};
pub use counts::Counts;
pub use proxy::is_handler;
pub use room::Room;

use crate::component;
use crate::context;
use crate::error::{Error, ErrorKind};
use crate::grants::Grants;
use crate::limits::Limits;
use crate::ticker::Ticker;
use body::{Fate, Incoming};
use bytes::Bytes;
use exchange::exchange;
use http::{Method, Request, Response, StatusCode};
use proxy::Proxy;
use request::with_authority;
use room::Places;
use shared::Shared;
use std::fmt;
use std::sync::Arc;
use task::Task;
use tokio::sync::oneshot;
use wasmtime::component::Component;

/// Component that answers HTTP requests. Each request has an instance and limits of its own: nothing of one request is left
/// for the next. Clones are the same handler.
#[derive(Clone)]
pub struct Handler(Arc<Shared>);

impl Handler {
    /// Prepares a component.
    pub(crate) fn new(
        component: &Component,
        limits: &Limits,
        grants: &Grants,
        room: Room,
    ) -> Result<Self, Error> {
        let missing = component::missing(component, grants);
        if !missing.is_empty() {
            return Err(ErrorKind::Missing(missing).into());
        }
        // What cannot be granted is said now, and not to the first client.
        context::build(grants, limits)?;
        let io = |error| Error::from(ErrorKind::Io { path: None, error });
        Ok(Self(Arc::new(Shared {
            proxy: Proxy::prepare(component)?,
            grants: grants.clone(),
            limits: limits.clone(),
            places: Places::new(room),
            counters: Arc::default(),
            _ticker: Ticker::start(component.engine().clone()).map_err(io)?,
        })))
    }

    /// Returns how many requests there were.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.0.counters.now()
    }

    /// Answers a request. Returns when the component has sent the head of the response; the rest of the time limit is for the
    /// body. Dropping the future, or a body that is not at its end, stops the guest. Has to be called in a runtime of Tokio.
    ///
    /// # Errors
    /// [`ErrorKind::Request`], [`ErrorKind::RequestBody`] and [`ErrorKind::Busy`] before anything of the guest runs. Else why
    /// the guest was stopped, or [`ErrorKind::NoResponse`].
    pub async fn handle<B>(&self, request: Request<B>) -> Result<Response<Body>, Error>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        self.0.counters.began();
        self.answer(request).await.inspect_err(|_| self.0.counters.failed())
    }

    async fn answer<B>(&self, request: Request<B>) -> Result<Response<Body>, Error>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let limits = &self.0.limits;
        let request = with_authority(request)?;
        if request.body().size_hint().lower() > limits.request_body {
            return Err(ErrorKind::RequestBody { limit: limits.request_body }.into());
        }
        let (incoming, too_large) = Incoming::limit(request, limits.request_body);
        let permit = self.0.places.take(limits.timeout).await?;
        let is_head = incoming.method() == Method::HEAD;
        let (head, answered) = oneshot::channel();
        let fate = Fate::default();
        let mut task = Task::spawn(exchange(Arc::clone(&self.0), permit, incoming, head, fate.clone()));
        match answered.await {
            Ok(Ok(response)) => {
                let counters = Arc::clone(&self.0.counters);
                // Nobody reads a body that is not sent, and so nobody would see its end.
                let status = response.status();
                if is_head || status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED {
                    task.let_go();
                }
                Ok(response.map(|body| Body::new(body, limits.response_body, task, fate, counters)))
            }
            Ok(Err(reason)) => Err(ErrorKind::NoResponse { reason }.into()),
            // The guest failed, or has ended without a response.
            Err(_) => match task.ended().await {
                _ if too_large.is_set() => Err(ErrorKind::RequestBody { limit: limits.request_body }.into()),
                Err(error) => Err(error),
                Ok(()) => Err(ErrorKind::NoResponse { reason: "the component sent none".into() }.into()),
            },
        }
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler").field("limits", &self.0.limits).finish_non_exhaustive()
    }
}
