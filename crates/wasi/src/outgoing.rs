//! HTTP requests that a component sends, to granted addresses alone.

use crate::net::Address;
use http::{Request, Response, Uri, uri::Scheme};
use http_body_util::BodyExt as _;
use std::sync::Arc;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, default_send_request};

/// The granted addresses as a check of each request.
pub struct Outgoing {
    net: Arc<[Address]>,
}

impl Outgoing {
    /// Lets a component send requests to these addresses, and to no other.
    pub fn new(net: &[Address]) -> Self {
        Self { net: net.into() }
    }

    fn allows(&self, uri: &Uri) -> bool {
        let port = uri.port_u16().unwrap_or(if uri.scheme() == Some(&Scheme::HTTP) { 80 } else { 443 });
        uri.host().is_some_and(|host| self.net.iter().any(|granted| granted.allows_host(host, port)))
    }
}

/// What is left to do for a request whose response is there.
type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Outgoing {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Io,
    ) -> Box<dyn Future<Output = Result<(Response<WasiBody>, Io), Error>> + Send> {
        let allowed = self.allows(request.uri());
        Box::new(async move {
            if !allowed {
                return Err(Error::HttpRequestDenied);
            }
            let (response, io) = default_send_request(request, options).await?;
            Ok((response.map(|body| body.boxed_unsync()), Box::new(io) as Io))
        })
    }
}
