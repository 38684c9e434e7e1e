//! Looks again and again for what comes soon.

use std::hint::spin_loop;
use std::thread::yield_now;
use std::time::{Duration, Instant};

/// How often it is looked before other threads are let run: about a microsecond.
const LOOKS: u32 = 6;

/// Looks until there is something, or the time is over. To sleep and to be woken takes longer than what comes within some
/// microseconds. Other threads run in between.
pub(crate) fn until<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    while began.elapsed() < limit {
        for _ in 0..LOOKS {
            if let Some(found) = look() {
                return Some(found);
            }
            spin_loop();
        }
        yield_now();
    }
    None
}
