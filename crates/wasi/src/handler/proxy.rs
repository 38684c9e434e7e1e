//! The call of a component's handler, of WASI 0.2 and of 0.3.

use crate::component::{exported, linker};
use crate::ended::chain;
use crate::error::{Error, ErrorKind};
use crate::state::State;
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::oneshot;
use wasmtime::component::Component;
use wasmtime::{Engine, Result, Store};
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::p3::bindings::ServicePre;
use wasmtime_wasi_http::{WasiBody, WasiHttpView as _, p3};

/// The exports of WASI 0.2 and of WASI 0.3 that are called.
const ENTRIES: [&str; 2] = ["wasi:http/incoming-handler", "wasi:http/handler"];

/// Returns whether a component answers requests.
pub fn is_handler(component: &Component) -> bool {
    ENTRIES.iter().any(|entry| exported(component, entry).is_some())
}

/// Where the response goes when its head is there, or why there is none.
pub type Head = oneshot::Sender<Result<Response<WasiBody>, String>>;

/// Component that is joined with the host functions.
pub enum Proxy {
    /// `wasi:http/incoming-handler` of WASI 0.2.
    P2(ProxyPre<State>),
    /// `wasi:http/handler` of WASI 0.3.
    P3(ServicePre<State>),
}

impl Proxy {
    /// Joins a component with the host functions.
    pub fn prepare(component: &Component) -> Result<Self, Error> {
        let invalid = |error: wasmtime::Error| Error::from(ErrorKind::Invalid { reason: chain(&error) });
        let [of_02, of_03] = ENTRIES.map(|entry| exported(component, entry));
        let joined = || linker(component)?.instantiate_pre(component);
        match (of_02, of_03) {
            (_, Some(_)) => joined().and_then(ServicePre::new).map(Self::P3).map_err(invalid),
            (Some(_), _) => joined().and_then(ProxyPre::new).map(Self::P2).map_err(invalid),
            (None, None) => Err(ErrorKind::NoEntry { expected: ENTRIES[0] }.into()),
        }
    }

    /// Returns the engine.
    pub fn engine(&self) -> &Engine {
        match self {
            Self::P2(joined) => joined.engine(),
            Self::P3(joined) => joined.engine(),
        }
    }

    /// Instantiates the component, and lets it answer. Returns when the guest has ended.
    pub async fn answer(
        &self,
        store: &mut Store<State>,
        request: Request<WasiBody>,
        head: Head,
    ) -> Result<()> {
        match self {
            Self::P2(joined) => answer_02(joined, store, request, head).await,
            Self::P3(joined) => answer_03(joined, store, request, head).await,
        }
    }
}

async fn answer_02(
    joined: &ProxyPre<State>,
    store: &mut Store<State>,
    request: Request<WasiBody>,
    head: Head,
) -> Result<()> {
    let request = store.data_mut().http().new_incoming_request(Scheme::Http, request)?;
    let respond = move |response: Result<_, _>| {
        // Nobody waits for it if the client went away.
        let _ = head.send(response.map_err(|code| format!("{code:?}")));
    };
    let response = store.data_mut().http().new_response_outparam_from_callback(respond)?;
    let proxy = joined.instantiate_async(&mut *store).await?;
    proxy.wasi_http_incoming_handler().call_handle(store, request, response).await
}

async fn answer_03(
    joined: &ServicePre<State>,
    store: &mut Store<State>,
    request: Request<WasiBody>,
    head: Head,
) -> Result<()> {
    let service = joined.instantiate_async(&mut *store).await?;
    // How the guest found the body is of no use here.
    let (request, _) = p3::Request::from_http(store.data_mut().http().hooks, request);
    let answer = async |store: &wasmtime::component::Accessor<State>| {
        let response = match service.handle(store, request).await? {
            Ok(response) => store.with(|store| response.into_http(store, async { Ok(()) }))?,
            Err(code) => {
                let _ = head.send(Err(format!("{code:?}")));
                return Ok(());
            }
        };
        let (end, ended) = oneshot::channel();
        let response = response.map(|body| Watched { body, _end: end }.boxed_unsync());
        // The guest writes the body while it is waited for.
        if head.send(Ok(response)).is_ok() {
            let _ = ended.await;
        }
        Ok(())
    };
    store.run_concurrent(answer).await?
}

/// Body whose end is told, by dropping.
struct Watched {
    body: WasiBody,
    _end: oneshot::Sender<()>,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = wasmtime_wasi_http::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
