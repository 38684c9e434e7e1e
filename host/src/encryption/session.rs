//! Numbers of sessions.

use std::time::{SystemTime, UNIX_EPOCH};

/// Bits of a session's number below its time: random.
pub(super) const RANDOM_BITS: u32 = 12;

/// The lowest number of a session that begins at this time: the microseconds since 1970, until the year 2112.
pub(super) fn session_at(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let microseconds = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
    microseconds.min(u64::MAX >> RANDOM_BITS) << RANDOM_BITS
}
