//! What a call has sent and received.

use crate::http::Response;
use reqwest::header::HeaderMap;

/// What a call has sent and received.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    /// How many requests were sent.
    pub(super) sent: usize,
    /// The headers of the requests that follow.
    pub(super) headers: HeaderMap,
    /// By handles from 1.
    pub(super) responses: Vec<Response>,
    /// Why the last request failed, in words.
    pub(super) error: String,
}

impl Exchanges {
    pub(super) fn response(&self, handle: i32) -> Option<&Response> {
        self.responses.get(usize::try_from(handle).ok()?.checked_sub(1)?)
    }
}
