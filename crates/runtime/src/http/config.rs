//! What guests may do by HTTP.

use super::allow::HttpAllow;
use std::time::Duration;

/// What guests may do by HTTP, and within which limits. The default allows no request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpConfig {
    /// Where requests may be sent. Each redirect is compared, too. Default: nowhere.
    pub allow: Vec<HttpAllow>,
    /// How many requests one call may send. Redirects do not count. Default: 16.
    pub max_requests: usize,
    /// How many redirects of one request are followed. Default: 5.
    pub max_redirects: usize,
    /// How long one request may take, with its redirects, look-ups of names and the body. Default: 10 seconds.
    pub timeout: Duration,
    /// How large a request may be: method, URL, headers and body together, in bytes. Default: 1 MiB.
    pub max_request_bytes: usize,
    /// How large the body of a response may be, in bytes. Default: 4 MiB.
    pub max_response_bytes: usize,
    /// How large the headers of a response may be, names and values together, in bytes. More than 100 headers, or some 400
    /// KiB, are too many in any case. Default: 32 KiB.
    pub max_header_bytes: usize,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            max_requests: 16,
            max_redirects: 5,
            timeout: Duration::from_secs(10),
            max_request_bytes: 1 << 20,
            max_response_bytes: 4 << 20,
            max_header_bytes: 32 << 10,
        }
    }
}
