//! The address of a request.

use crate::error::{Error, ErrorKind};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, Request, Uri, header};

/// Returns a request whose address is whole: scheme, host and path. The host comes from the header if the address has none.
pub fn with_authority<B>(mut request: Request<B>) -> Result<Request<B>, Error> {
    let wrong = |reason: &str| Error::from(ErrorKind::Request { reason: reason.into() });
    let uri = request.uri();
    let authority = match uri.authority() {
        Some(authority) => authority.clone(),
        None => host(request.headers()).ok_or_else(|| wrong("no host"))?,
    };
    let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    let scheme = uri.scheme().cloned().unwrap_or(Scheme::HTTP);
    let whole = Uri::builder().scheme(scheme).authority(authority).path_and_query(path).build();
    *request.uri_mut() = whole.map_err(|error| wrong(&error.to_string()))?;
    Ok(request)
}

fn host(headers: &HeaderMap) -> Option<Authority> {
    headers.get(header::HOST)?.to_str().ok()?.parse().ok()
}
