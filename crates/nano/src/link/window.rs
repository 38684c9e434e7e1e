//! The replay window.

/// How a counter relates to those that were accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Higher than all.
    Fresh,
    /// Not the highest, within the window, and new.
    Reordered,
    /// Accepted before.
    Replay,
    /// 64 or more behind the highest: whether it was accepted before is not known.
    TooOld,
}

/// Replay window of 64 counters, as in `docs/LINK.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    top: u64,
    /// Bit n is set if `top - n` was accepted.
    seen: u64,
}

impl Window {
    /// Creates a window that takes every counter up to and with `top` for accepted.
    #[must_use]
    pub const fn above(top: u64) -> Self {
        Self { top, seen: u64::MAX }
    }

    /// Returns the highest accepted counter.
    #[must_use]
    pub const fn top(&self) -> u64 {
        self.top
    }

    /// Returns the verdict on a counter. Changes nothing.
    #[must_use]
    pub const fn check(&self, counter: u64) -> Verdict {
        if counter > self.top {
            return Verdict::Fresh;
        }
        match self.top - counter {
            behind @ 0..64 if self.seen >> behind & 1 == 1 => Verdict::Replay,
            0..64 => Verdict::Reordered,
            _ => Verdict::TooOld,
        }
    }

    /// Accepts a counter. Does nothing if the verdict is not `Fresh` or `Reordered`.
    pub const fn accept(&mut self, counter: u64) {
        if counter > self.top {
            let ahead = counter - self.top;
            self.seen = if ahead < 64 { self.seen << ahead | 1 } else { 1 };
            self.top = counter;
        } else if self.top - counter < 64 {
            self.seen |= 1 << (self.top - counter);
        }
    }
}
