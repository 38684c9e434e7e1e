//! Requests and responses.

use super::failure::Failure;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode, Url};

/// Request of a guest.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Response to a guest.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// How many headers a guest may set.
const MAX_HEADERS: usize = 100;

/// Headers that belong to the connection, or that say what a request is in another way than its parts do.
const RESERVED: [&str; 9] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Request {
    pub(crate) fn new(method: &str, url: &str, headers: HeaderMap, body: Vec<u8>) -> Result<Self, Failure> {
        let invalid = |reason: String| Failure::Invalid { reason };
        let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes())
            .map_err(|_| invalid(format!("method {method:?}")))?;
        if method == Method::CONNECT {
            return Err(invalid("method \"CONNECT\"".into()));
        }
        let url = Url::parse(url).map_err(|error| invalid(format!("URL {url:?}: {error}")))?;
        check(&url).map_err(|reason| invalid(format!("URL {:?}: {reason}", url.as_str())))?;
        Ok(Self { method, url, headers, body })
    }

    /// How large it is, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.method.as_str().len() + self.url.as_str().len() + size(&self.headers) + self.body.len()
    }

    /// The request that a redirect leads to; `None` if the status is no redirect.
    pub(super) fn redirected(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<Option<Self>, Failure> {
        let keeps = match status.as_u16() {
            301 | 302 => self.method != Method::POST,
            303 => [Method::GET, Method::HEAD].contains(&self.method),
            307 | 308 => true,
            _ => return Ok(None),
        };
        let Some(location) = headers.get("location") else { return Ok(None) };
        let broken = |reason: String| Failure::Broken { reason };
        let text = String::from_utf8_lossy(location.as_bytes());
        let url = self.url.join(&text).map_err(|error| broken(format!("redirect to {text:?}: {error}")))?;
        check(&url).map_err(|reason| broken(format!("redirect to {text:?}: {reason}")))?;
        let mut next = Self { url, ..self.clone() };
        if !keeps {
            next.method = Method::GET;
            next.body = Vec::new();
            next.headers.remove("content-type");
        }
        if next.url.origin() != self.url.origin() {
            // They may be secrets for the first one.
            next.headers.clear();
        }
        Ok(Some(next))
    }
}

fn check(url: &Url) -> Result<(), &'static str> {
    if !["http", "https"].contains(&url.scheme()) {
        return Err("the scheme is neither `http` nor `https`");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it has a user or a password");
    }
    Ok(())
}

/// The size of headers, names and values, in bytes.
pub(super) fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// Sets a header of a guest. Returns whether it is one that a guest may set, and all of them are within the limit, in bytes.
pub(crate) fn set_header(headers: &mut HeaderMap, name: &str, value: &[u8], limit: usize) -> bool {
    let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
        return false;
    };
    if RESERVED.contains(&name.as_str()) || name.as_str().starts_with("proxy-") {
        return false;
    }
    let old = headers.get(&name);
    let (more, less) = old.map_or((name.as_str().len(), 0), |old| (0, old.len()));
    let fits = size(headers) + more + value.len() <= limit + less;
    if !fits || (old.is_none() && headers.keys_len() == MAX_HEADERS) {
        return false;
    }
    headers.insert(name, value);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str) -> Request {
        let mut headers = HeaderMap::new();
        for (name, value) in [("authorization", "secret"), ("content-type", "text/plain")] {
            assert!(set_header(&mut headers, name, value.as_bytes(), 100));
        }
        Request::new(method, "http://a.example/x/y", headers, b"body".to_vec()).unwrap()
    }

    #[test]
    fn redirects_keep_method_body_and_headers_as_far_as_they_should() {
        for (method, status, location, wanted) in [
            ("POST", 302, "z", Some(("GET", "http://a.example/x/z", 0, 1))),
            ("PUT", 301, "/z", Some(("PUT", "http://a.example/z", 4, 2))),
            ("PUT", 303, "/z", Some(("GET", "http://a.example/z", 0, 1))),
            ("post", 307, "//b.example/", Some(("POST", "http://b.example/", 4, 0))),
            ("GET", 308, "http://a.example:81", Some(("GET", "http://a.example:81/", 4, 0))),
            ("GET", 304, "/z", None),
        ] {
            let location =
                HeaderMap::from_iter([(HeaderName::from_static("location"), location.parse().unwrap())]);
            let status = StatusCode::from_u16(status).unwrap();
            let next = request(method).redirected(status, &location).unwrap();
            let next = next
                .as_ref()
                .map(|next| (next.method.as_str(), next.url.as_str(), next.body.len(), next.headers.len()));
            assert_eq!(next, wanted, "{method} {status}");
        }
        let bad =
            HeaderMap::from_iter([(HeaderName::from_static("location"), "file:///etc".parse().unwrap())]);
        let refused = request("GET").redirected(StatusCode::FOUND, &bad);
        assert!(matches!(refused, Err(Failure::Broken { .. })), "{refused:?}");
        assert!(request("GET").redirected(StatusCode::FOUND, &HeaderMap::new()).unwrap().is_none());
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for (method, url) in [
            ("GET", "words"),
            ("GET", "ftp://a"),
            ("GET", "file:///etc/passwd"),
            ("GET", "http://u:p@a"),
            ("CONNECT", "http://a"),
            ("G T", "http://a"),
            ("", "http://a"),
            ("GET", "http://"),
        ] {
            let refused = Request::new(method, url, HeaderMap::new(), Vec::new());
            assert!(matches!(refused, Err(Failure::Invalid { .. })), "{method} {url}");
        }
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("Host", "b"), ("content-length", "1"), ("a b", "c"), ("a", "c\r\nd: e"), ("Proxy-X", "")]
        {
            assert!(!set_header(&mut headers, name, value.as_bytes(), 100), "{name}");
        }
        assert!(headers.is_empty());
    }

    #[test]
    fn headers_have_a_number_and_a_size() {
        let mut headers = HeaderMap::new();
        let mut set =
            |name: &str, value: &str, limit| set_header(&mut headers, name, value.as_bytes(), limit);
        for (name, value, fits) in [
            ("a", "123456789", true),
            ("b", "", false),
            ("A", "1234567890", false),
            ("a", "12345678", true),
            ("b", "", true),
        ] {
            assert_eq!(set(name, value, 10), fits, "{name}: {value}");
        }
        assert!((2..MAX_HEADERS).all(|at| set(&format!("x-{at}"), "", usize::MAX / 2)));
        assert!(!set("x-more", "", usize::MAX / 2), "one too many");
        assert!(set("x-2", "again", usize::MAX / 2), "the same number of them");
    }
}
