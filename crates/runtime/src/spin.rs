//! Looks again and again for what comes soon.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::yield_now;
use std::time::{Duration, Instant};

/// How often it is looked before other threads are let run: about a microsecond.
const LOOKS: u32 = 6;
/// Other threads of calls run for less. One that ran for longer computes, and would be let run each time.
const LONG_YIELD: Duration = Duration::from_micros(300);
/// How long nobody looks after that.
const PAUSE: Duration = Duration::from_millis(100);

/// Whether it is worth while to look, and for how long at most.
///
/// To sleep and to be woken takes longer than what comes within some microseconds. Other threads run in between. If they compute, the
/// system lets each of them run for milliseconds, while a thread that sleeps is let run soon after it is woken. So nobody looks for a while
/// then.
pub(crate) struct Spin {
    time: Duration,
    long_yield: Duration,
    began: Instant,
    /// The end of the pause, in microseconds since the beginning.
    pause: AtomicU64,
}

impl Spin {
    pub(crate) fn new(time: Duration) -> Self {
        Self { time, long_yield: LONG_YIELD, began: Instant::now(), pause: AtomicU64::new(0) }
    }

    /// As [`Spin::new`], however long other threads run.
    #[cfg(test)]
    pub(crate) fn without_pauses(time: Duration) -> Self {
        Self { long_yield: Duration::MAX, ..Self::new(time) }
    }

    /// Whether to look at all at this moment.
    pub(crate) fn looks(&self) -> bool {
        !self.time.is_zero() && self.now() >= self.pause.load(Relaxed)
    }

    /// Looks until there is something, or the time is over: that of this, or less.
    pub(crate) fn until<T>(&self, limit: Duration, look: impl FnMut() -> Option<T>) -> Option<T> {
        self.until_with(limit, look, yield_now)
    }

    fn until_with<T>(
        &self,
        limit: Duration,
        mut look: impl FnMut() -> Option<T>,
        mut let_others_run: impl FnMut(),
    ) -> Option<T> {
        if !self.looks() {
            return look();
        }
        let (began, limit) = (Instant::now(), limit.min(self.time));
        let mut passed = Duration::ZERO;
        while passed < limit {
            for _ in 0..LOOKS {
                if let Some(found) = look() {
                    return Some(found);
                }
                spin_loop();
            }
            let before = began.elapsed();
            let_others_run();
            passed = began.elapsed();
            if passed - before > self.long_yield {
                self.pause.store(self.now() + PAUSE.as_micros() as u64, Relaxed);
                return look();
            }
        }
        None
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;

    #[test]
    fn nobody_looks_while_other_threads_compute() {
        let (spin, mut looks) = (Spin::new(Duration::from_secs(60)), 0);
        let mut look = || {
            looks += 1;
            None::<()>
        };
        assert!(spin.looks());
        spin.until_with(Duration::from_secs(60), &mut look, || sleep(2 * LONG_YIELD));
        assert!(!spin.looks());
        spin.until(Duration::from_secs(60), &mut look);
        assert_eq!(looks, LOOKS + 2);
        sleep(PAUSE);
        assert!(spin.looks());
        assert!(!Spin::new(Duration::ZERO).looks());
    }
}
