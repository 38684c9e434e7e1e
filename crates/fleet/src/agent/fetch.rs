//! How far a device has come with fetching, and when it asks again.

use super::config::Timing;

/// A fetch that has begun.
#[derive(Clone, Copy, Default)]
pub struct Fetch {
    /// The first byte that is missing.
    pub next: u32,
    /// The chunk whose topic the device is subscribed to.
    pub subscribed: Option<u32>,
    /// When it was asked for.
    asked: u64,
    tries: u8,
}

impl Fetch {
    pub fn at(next: u32) -> Self {
        Self { next, ..Self::default() }
    }

    /// Notes that a chunk was asked for.
    pub fn ask(&mut self, index: u32, now: u64) {
        (self.subscribed, self.asked) = (Some(index), now);
    }

    /// Notes that bytes have come.
    pub fn advance(&mut self, next: u32) {
        (self.next, self.tries) = (next, 0);
    }

    /// Notes that the connection, and the subscriptions with it, are gone.
    pub fn disconnect(&mut self) {
        self.subscribed = None;
    }

    /// Returns when to ask again. A clock that went back is no reason to wait longer.
    pub fn ask_again_at(&mut self, timing: &Timing, now: u64) -> u64 {
        self.asked = self.asked.min(now);
        self.asked.saturating_add(u64::from(timing.chunk) << self.tries.min(4))
    }

    /// Notes that the chunk did not come in time.
    pub fn give_up_waiting(&mut self) {
        self.tries = self.tries.saturating_add(1);
    }
}

/// Waiting after failures.
#[derive(Clone, Copy, Default)]
pub struct Failures {
    count: u8,
    since: u64,
}

impl Failures {
    /// Counts a failure.
    pub fn add(&mut self, now: u64) {
        *self = Self { count: self.count.saturating_add(1), since: now };
    }

    /// Returns whether there were too many.
    pub fn are_too_many(&self, timing: &Timing) -> bool {
        self.count >= timing.attempts.max(1)
    }

    /// Returns until when to wait. `None` if nothing failed.
    pub fn until(&mut self, timing: &Timing, now: u64) -> Option<u64> {
        let doubled = self.count.checked_sub(1)?.min(16);
        self.since = self.since.min(now);
        Some(self.since.saturating_add(u64::from(timing.retry) << doubled))
    }
}
