//! Counts of requests.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Requests that there were, also those that were refused.
    pub requests: u64,
    /// Those that have failed, also behind the head of a response.
    pub failed: u64,
}

/// Counts that go on.
#[derive(Default)]
pub struct Counters {
    requests: AtomicU64,
    failed: AtomicU64,
}

impl Counters {
    /// Counts a request.
    pub fn began(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    /// Counts a request that failed.
    pub fn failed(&self) {
        self.failed.fetch_add(1, Relaxed);
    }

    /// Returns the counts now.
    pub fn now(&self) -> Counts {
        Counts { requests: self.requests.load(Relaxed), failed: self.failed.load(Relaxed) }
    }
}
