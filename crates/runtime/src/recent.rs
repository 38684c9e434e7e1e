//! The last calls of a runtime, for those who watch it.

use crate::telemetry::Used;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// How many calls are kept.
const MAX_CALLS: usize = 200;
/// How much of a name and of an error is kept, in bytes.
const MAX_TEXT: usize = 1024;

/// A call that has ended, or that nobody waits for any more.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) at: SystemTime,
    pub(crate) module: String,
    pub(crate) function: String,
    /// A word of `ErrorKind::label`, `ok`, or `dropped`.
    pub(crate) outcome: &'static str,
    /// The error in words, if there is one.
    pub(crate) error: Option<String>,
    /// With the time in the queue.
    pub(crate) took: Duration,
    pub(crate) queued: Duration,
    pub(crate) used: Used,
}

/// The last calls, if somebody watches.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    watched: AtomicBool,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    calls: VecDeque<Seen>,
    /// How many there have been.
    ended: u64,
}

/// The calls after some number of them.
#[derive(Debug)]
pub(crate) struct Since {
    /// The oldest first.
    pub(crate) calls: Vec<Seen>,
    /// How many there have been until now.
    pub(crate) ended: u64,
    /// How many of those that were asked for are not kept any more.
    pub(crate) missed: u64,
}

impl Recent {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Nothing is changed halfway, so a panic leaves it whole.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on calls are kept.
    pub(crate) fn watch(&self) {
        self.watched.store(true, Relaxed);
    }

    /// Keeps a call if somebody watches.
    pub(crate) fn add(&self, seen: impl FnOnce() -> Seen) {
        if !self.watched.load(Relaxed) {
            return;
        }
        let mut seen = seen();
        cut(&mut seen.module);
        cut(&mut seen.function);
        if let Some(error) = &mut seen.error {
            cut(error);
        }
        let mut kept = self.lock();
        kept.ended += 1;
        if kept.calls.len() == MAX_CALLS {
            kept.calls.pop_front();
        }
        kept.calls.push_back(seen);
    }

    /// Returns the calls that ended after so many others.
    pub(crate) fn since(&self, after: u64) -> Since {
        let kept = self.lock();
        // Of another runtime, before this one began.
        let after = if after > kept.ended { 0 } else { after };
        let oldest = kept.ended - kept.calls.len() as u64;
        let missed = oldest.saturating_sub(after);
        let skip = usize::try_from(after.saturating_sub(oldest)).unwrap_or(usize::MAX);
        Since { calls: kept.calls.iter().skip(skip).cloned().collect(), ended: kept.ended, missed }
    }
}

fn cut(text: &mut String) {
    if text.len() > MAX_TEXT {
        text.truncate(text.floor_char_boundary(MAX_TEXT));
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(function: String) -> Seen {
        Seen {
            at: SystemTime::now(),
            module: "math".into(),
            function,
            outcome: "ok",
            error: None,
            took: Duration::ZERO,
            queued: Duration::ZERO,
            used: Used::default(),
        }
    }

    #[test]
    fn the_last_calls_are_kept_and_the_others_counted() {
        let recent = Recent::default();
        recent.add(|| unreachable!("nobody watches"));
        recent.watch();
        (0..250).for_each(|number| recent.add(|| call(number.to_string())));
        let since = |after| {
            let Since { calls, ended, missed } = recent.since(after);
            let first = calls.first().map(|call| call.function.clone());
            (first, calls.len(), ended, missed)
        };
        assert_eq!(since(0), (Some("50".into()), 200, 250, 50));
        assert_eq!(since(60), (Some("60".into()), 190, 250, 0));
        assert_eq!(since(250), (None, 0, 250, 0));
        assert_eq!(since(251), (Some("50".into()), 200, 250, 50), "a number of another runtime");
        recent.add(|| call("ü".repeat(MAX_TEXT)));
        assert_eq!(recent.since(250).calls[0].function.len(), MAX_TEXT + "…".len());
    }
}
