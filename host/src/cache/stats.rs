//! What the caches did.

use std::sync::atomic::{AtomicU64, Ordering};

/// What the caches of an engine did since it was made, and what they hold now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Modules that were found in memory.
    pub hits: u64,
    /// Modules that were not.
    pub misses: u64,
    /// Modules that were dropped from memory to keep within `cache_size`.
    pub evictions: u64,
    /// Modules that were refused without another compilation, because one had failed a while ago.
    pub refusals: u64,
    /// How many modules are in memory.
    pub entries: u64,
    /// How much they hold, in bytes.
    pub bytes: u64,
    /// Modules that were found on disk and were authentic.
    pub disk_hits: u64,
    /// Modules that were not found on disk.
    pub disk_misses: u64,
    /// Files that were there and were refused: tampered, truncated, or under another key.
    pub disk_rejected: u64,
    /// Files that were deleted to keep within `disk_cache_size`.
    pub disk_evictions: u64,
    /// Times that the disk failed. Each is also a warning in `tracing`.
    pub disk_errors: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) hits: Counter,
    pub(crate) misses: Counter,
    pub(crate) evictions: Counter,
    pub(crate) refusals: Counter,
    pub(crate) disk_hits: Counter,
    pub(crate) disk_misses: Counter,
    pub(crate) disk_rejected: Counter,
    pub(crate) disk_evictions: Counter,
    pub(crate) disk_errors: Counter,
}

#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    /// What was counted, with what the memory cache holds.
    pub(crate) fn snapshot(&self, entries: u64, bytes: u64) -> CacheStats {
        CacheStats {
            hits: self.hits.get(),
            misses: self.misses.get(),
            evictions: self.evictions.get(),
            refusals: self.refusals.get(),
            entries,
            bytes,
            disk_hits: self.disk_hits.get(),
            disk_misses: self.disk_misses.get(),
            disk_rejected: self.disk_rejected.get(),
            disk_evictions: self.disk_evictions.get(),
            disk_errors: self.disk_errors.get(),
        }
    }
}
