//! What a call and those who may stop it know of each other.

use super::forks::{forks, forks_seen};
use aingle_wasm_host_core::Trap;
use std::ops::Range;
use std::ptr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, AtomicU64};
use std::time::Duration;

/// Time between two signals to a call that is to end, in microseconds.
const AGAIN: u64 = 1_000;
/// How often a deadline is looked at, in parts of it and in microseconds.
const PARTS: u64 = 16;
const OFTEN: u64 = 1_000;
const SELDOM: u64 = 1_000_000;
/// No time at all: what has no deadline is never looked at by itself.
pub(super) const NEVER: u64 = u64::MAX;

/// What one instance's calls and those who may stop them know of each other.
///
/// Only the thread that calls writes `call`, `generation` and `thread`.
pub(crate) struct Control {
    /// Whether anything below is to be looked at: the one thing that a call reads.
    attention: AtomicBool,
    /// Number of the call that was begun last.
    call: AtomicU64,
    /// Number of the call whose deadline has passed. It only grows, as does `cancelled`.
    expired: AtomicU64,
    /// Which cancel handles are of any effect.
    generation: AtomicU64,
    /// The newest generation of which a handle was used.
    cancelled: AtomicU64,
    /// The system's number of the thread that runs the guest or a host function of it; 0 for none.
    thread: AtomicI32,
    /// How many forks of this process the instance has seen.
    forks: AtomicU32,
    /// Time that a call may take, in microseconds.
    deadline: AtomicU64,
    /// The call that the watchdog saw last, when it saw it first, and how long it had run when it was late.
    seen: AtomicU64,
    since: AtomicU64,
    elapsed: AtomicU64,
    /// Where the module's machine code lies.
    code: Range<usize>,
    /// Where the instance keeps its fuel; null for one that has none.
    fuel: AtomicPtr<i64>,
}

/// Why a call is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Cancelled,
    Deadline { limit: u64, elapsed: u64 },
}

impl From<Stop> for Trap {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Cancelled => Self::Cancelled,
            Stop::Deadline { limit, elapsed } => Self::Deadline { limit, elapsed },
        }
    }
}

impl Control {
    pub(crate) fn new(code: Range<usize>, deadline: Option<Duration>) -> Self {
        Self {
            attention: AtomicBool::new(false),
            call: AtomicU64::new(1),
            expired: AtomicU64::new(0),
            generation: AtomicU64::new(1),
            cancelled: AtomicU64::new(0),
            thread: AtomicI32::new(0),
            forks: AtomicU32::new(forks()),
            deadline: AtomicU64::new(micros(deadline)),
            seen: AtomicU64::new(0),
            since: AtomicU64::new(0),
            elapsed: AtomicU64::new(0),
            code,
            fuel: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// A call begins: its deadline is counted from here.
    #[inline]
    pub(crate) fn begin_call(&self) {
        self.call.store(self.call.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// Whether somebody may have asked the running call to end.
    #[inline]
    pub(crate) fn has_attention(&self) -> bool {
        self.attention.load(Relaxed)
    }

    /// Why the running call is to end, if it is. Safe to ask in a signal handler.
    pub(crate) fn stop(&self) -> Option<Stop> {
        if !self.has_attention() {
            return None;
        }
        if self.cancelled.load(Acquire) == self.generation.load(Relaxed) {
            return Some(Stop::Cancelled);
        }
        let late = self.expired.load(Acquire) == self.call.load(Relaxed);
        late.then(|| Stop::Deadline {
            limit: self.deadline.load(Relaxed),
            elapsed: self.elapsed.load(Relaxed),
        })
    }

    /// As [`Control::stop`], on the calling thread, which forgets what earlier calls were asked.
    #[cold]
    pub(crate) fn settle(&self) -> Option<Stop> {
        let stop = self.stop();
        if stop.is_none() {
            self.attention.store(false, SeqCst);
            // Somebody may have asked between the two.
            let asked = self.cancelled.load(SeqCst) == self.generation.load(SeqCst)
                || self.expired.load(SeqCst) == self.call.load(SeqCst);
            self.attention.fetch_or(asked, SeqCst);
            return asked.then(|| self.stop()).flatten();
        }
        stop
    }

    /// Cancels, if the handle is one of this generation. Returns whether it is.
    pub(super) fn cancel(&self, generation: u64) -> bool {
        if self.generation.load(Acquire) != generation {
            return false;
        }
        self.cancelled.fetch_max(generation, SeqCst);
        self.attention.store(true, SeqCst);
        true
    }

    pub(super) fn is_cancelled(&self, generation: u64) -> bool {
        self.cancelled.load(Acquire) >= generation
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Acquire)
    }

    /// Ends the handles that were given out.
    pub(crate) fn renew(&self) {
        self.generation.fetch_add(1, SeqCst);
    }

    pub(crate) fn set_deadline(&self, deadline: Option<Duration>) {
        self.deadline.store(micros(deadline), Relaxed);
    }

    /// Time that is left of the running call, in microseconds.
    pub(super) fn time_left(&self, now: u64) -> Option<u64> {
        let deadline = self.deadline.load(Relaxed);
        let seen = self.seen.load(Acquire) == self.call.load(Relaxed);
        let elapsed = if seen { now.saturating_sub(self.since.load(Relaxed)) } else { 0 };
        (deadline != NEVER).then(|| deadline.saturating_sub(elapsed))
    }

    /// How often the deadline has to be looked at, in microseconds.
    pub(super) fn interval(&self) -> u64 {
        match self.deadline.load(Relaxed) {
            NEVER => NEVER,
            deadline => (deadline / PARTS).clamp(OFTEN, SELDOM),
        }
    }

    /// Looks whether the call is late, and interrupts it if it is to end. Returns when to look again, in microseconds.
    pub(super) fn look(&self, now: u64, interrupt: impl FnOnce(&Self)) -> u64 {
        let call = self.call.load(Acquire);
        if self.seen.load(Relaxed) != call {
            self.since.store(now, Relaxed);
            self.seen.store(call, Release);
        }
        let (since, deadline) = (self.since.load(Relaxed), self.deadline.load(Relaxed));
        let running = self.thread() != 0;
        let elapsed = now.saturating_sub(since);
        if running && elapsed >= deadline && self.expired.load(Relaxed) < call {
            self.elapsed.store(elapsed, Relaxed);
            self.expired.fetch_max(call, SeqCst);
            self.attention.store(true, SeqCst);
        }
        if running && self.stop().is_some() {
            interrupt(self);
            return now + AGAIN;
        }
        let next = now.saturating_add(self.interval());
        if running { next.min(since.saturating_add(deadline)) } else { next }
    }

    /// The thread that the guest runs on; 0 for none.
    pub(crate) fn thread(&self) -> i32 {
        self.thread.load(Acquire)
    }

    #[inline]
    pub(crate) fn set_thread(&self, thread: i32) {
        self.thread.store(thread, Release);
    }

    /// Whether the process was forked since the instance was looked after.
    #[inline]
    pub(crate) fn is_of(&self, forks: u32) -> bool {
        self.forks.load(Relaxed) == forks
    }

    pub(super) fn set_forks(&self, forks: u32) {
        self.forks.store(forks, Relaxed);
    }

    pub(crate) fn code(&self) -> &Range<usize> {
        &self.code
    }

    pub(crate) fn fuel(&self) -> *mut i64 {
        self.fuel.load(Relaxed)
    }

    pub(crate) fn set_fuel(&self, fuel: *mut i64) {
        self.fuel.store(fuel, Relaxed);
    }
}

/// Whether a control's process has been forked since it was looked after, as a call asks when it begins.
#[inline]
pub(crate) fn forked(control: &Control) -> bool {
    !control.is_of(forks_seen())
}

/// A deadline in microseconds.
fn micros(deadline: Option<Duration>) -> u64 {
    deadline.map_or(NEVER, |deadline| u64::try_from(deadline.as_micros()).unwrap_or(NEVER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_counts_for_its_generation_and_no_other() {
        let control = Control::new(0..0, None);
        let first = control.generation();
        assert_eq!(control.stop(), None);
        assert!(control.cancel(first) && control.cancel(first));
        assert_eq!((control.stop(), control.settle()), (Some(Stop::Cancelled), Some(Stop::Cancelled)));
        control.renew();
        assert_eq!((control.stop(), control.settle()), (None, None));
        assert!(!control.has_attention() && !control.cancel(first) && !control.has_attention());
    }

    #[test]
    fn a_deadline_counts_for_the_call_that_it_was_found_in() {
        let control = Control::new(0..0, Some(Duration::from_millis(20)));
        control.begin_call();
        assert_eq!(control.look(5_000, |_| {}), 6_250);
        // Nothing runs, so nothing is late.
        control.look(105_000, |_| {});
        assert_eq!(control.stop(), None);
        control.begin_call();
        control.set_thread(i32::MAX);
        assert_eq!(control.look(105_000, |_| {}), 106_250);
        assert_eq!(control.time_left(110_000), Some(15_000));
        assert_eq!(control.look(124_500, |_| {}), 125_000);
        assert_eq!(control.look(125_100, |_| {}), 126_100);
        assert_eq!(control.stop(), Some(Stop::Deadline { limit: 20_000, elapsed: 20_100 }));
        control.begin_call();
        assert_eq!((control.stop(), control.settle()), (None, None));
    }
}
