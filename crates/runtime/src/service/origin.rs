//! Requests that another site makes a browser send.

use super::answers::{Json, json};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Refuses what a page of another site makes a browser send, except `GET` and `HEAD`, whose answers such a page cannot read: a
/// middleware for axum's `from_fn`. A request without `Origin` is not a browser's, and passes. The answer is 403, of kind
/// `origin`.
///
/// # Errors
/// None: what is refused has an answer.
pub async fn same_origin(request: Request, next: Next) -> Response {
    match refuse_other_sites(&request) {
        Some(refused) => refused,
        None => next.run(request).await,
    }
}

/// Returns the answer for a request that [`same_origin`] refuses; `None` for others. For programs that look at requests themselves: a
/// middleware costs each request some allocations.
#[must_use]
pub fn refuse_other_sites<B>(request: &axum::http::Request<B>) -> Option<Response> {
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    let passes = reads || is_same(request.uri(), request.headers());
    if passes { None } else { Some(refused().into_response()) }
}

/// Whether a request has no origin, or that of the host that it was sent to.
fn is_same(uri: &Uri, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    // HTTP/2 has the host in the URI.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| Some(uri.authority()?.as_str()));
    let (Ok(origin), Some(host)) = (origin.to_str(), host) else { return false };
    origin.split_once("://").is_some_and(|(_, of)| of.eq_ignore_ascii_case(host))
}

fn refused() -> Json {
    let body = json!({ "error": "a page of another site sent it", "kind": "origin", "retryable": false });
    json(StatusCode::FORBIDDEN, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_origin_and_none_pass() {
        for (origin, host, same) in [
            (None, Some("a:80"), true),
            (Some("http://a:80"), Some("a:80"), true),
            (Some("https://A"), Some("a"), true),
            (Some("http://a:81"), Some("a:80"), false),
            (Some("http://b"), Some("a"), false),
            (Some("null"), Some("a"), false),
            (Some("http://a"), None, false),
        ] {
            let mut headers = HeaderMap::new();
            let given = [(header::ORIGIN, origin), (header::HOST, host)];
            for (name, value) in given.into_iter().filter_map(|(name, value)| Some((name, value?))) {
                headers.insert(name, value.parse().unwrap());
            }
            assert_eq!(is_same(&Uri::from_static("/"), &headers), same, "{origin:?} at {host:?}");
        }
        let headers = HeaderMap::from_iter([(header::ORIGIN, "https://a".parse().unwrap())]);
        assert!(is_same(&Uri::from_static("https://a/call"), &headers));
        assert!(!is_same(&Uri::from_static("https://b/call"), &headers));
    }
}
