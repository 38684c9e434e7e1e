//! Which requests were received before.

use super::call_id::CallId;
use alloc::collections::BTreeMap;
use core::fmt;

/// The most that requests of one session may overtake each other.
pub const MAX_REORDER: u32 = 1023;
const WORDS: usize = (MAX_REORDER as usize + 1) / 64;

/// The sessions of which requests were received, a bounded number of them.
///
/// No request is accepted twice, as long as this value lives. It keeps 152 bytes for a session, and some for the tree
/// that they are in.
///
/// Sessions are ordered by their numbers. If a session comes that is one too many, the oldest one is forgotten, and
/// from then on every session that is as old is refused: [`ReplayError::Stale`]. Its sender begins a new one.
#[derive(Debug, Clone)]
pub struct Sessions {
    limit: usize,
    reorder: u32,
    /// The lowest session that may begin.
    oldest: u64,
    windows: BTreeMap<u64, Window>,
}

impl Sessions {
    /// No session yet.
    ///
    /// - `limit`: number of sessions that are kept, at least 1.
    /// - `reorder`: how many later requests of its session may overtake a request; 0 if none may, at most
    ///   [`MAX_REORDER`].
    /// - `oldest`: the lowest session number that is taken; 0 for any.
    #[must_use]
    pub fn new(limit: usize, reorder: u32, oldest: u64) -> Self {
        Self { limit: limit.max(1), reorder: reorder.min(MAX_REORDER), oldest, windows: BTreeMap::new() }
    }

    /// Takes a request that was authenticated, and remembers it.
    ///
    /// # Errors
    /// [`ReplayError`] if it was received before, or if that cannot be ruled out.
    pub fn accept(&mut self, id: &CallId) -> Result<(), ReplayError> {
        let CallId { session, counter, .. } = *id;
        if let Some(window) = self.windows.get_mut(&session) {
            return window.accept(session, counter, self.reorder);
        }
        if session < self.oldest {
            return Err(ReplayError::Stale { session, oldest: self.oldest });
        }
        if self.windows.len() >= self.limit {
            self.forget_before(session)?;
        }
        self.windows.insert(session, Window::beginning_with(counter));
        Ok(())
    }

    /// Number of sessions that are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    /// Whether no request was received.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// Makes room for a session by forgetting the oldest, if that is older than it.
    fn forget_before(&mut self, session: u64) -> Result<(), ReplayError> {
        let first = self.windows.keys().next().copied().unwrap_or(session);
        if session < first {
            return Err(ReplayError::Stale { session, oldest: first });
        }
        self.windows.remove(&first);
        self.oldest = first + 1;
        Ok(())
    }
}

/// The requests of one session: the highest counter, and a bit for each of the 1,024 up to it, at `counter % 1024`.
#[derive(Debug, Clone)]
struct Window {
    highest: u64,
    seen: [u64; WORDS],
}

impl Window {
    fn beginning_with(counter: u64) -> Self {
        let mut window = Self { highest: counter, seen: [0; WORDS] };
        window.mark(counter);
        window
    }

    fn accept(&mut self, session: u64, counter: u64, reorder: u32) -> Result<(), ReplayError> {
        if counter > self.highest {
            // The bits of the counters that were skipped belonged to older ones.
            let skipped = (counter - self.highest).min(WORDS as u64 * 64);
            for older in counter - skipped + 1..counter {
                self.clear(older);
            }
            self.highest = counter;
            self.mark(counter);
            return Ok(());
        }
        let behind = self.highest - counter;
        if behind <= u64::from(MAX_REORDER) && self.is_marked(counter) {
            return Err(ReplayError::Replayed { session, counter });
        }
        if behind > u64::from(reorder) {
            return Err(ReplayError::Overtaken { session, counter, highest: self.highest, limit: reorder });
        }
        self.mark(counter);
        Ok(())
    }

    fn mark(&mut self, counter: u64) {
        self.seen[word(counter)] |= bit(counter);
    }

    fn clear(&mut self, counter: u64) {
        self.seen[word(counter)] &= !bit(counter);
    }

    fn is_marked(&self, counter: u64) -> bool {
        self.seen[word(counter)] & bit(counter) != 0
    }
}

fn word(counter: u64) -> usize {
    (counter / 64) as usize % WORDS
}

fn bit(counter: u64) -> u64 {
    1 << (counter % 64)
}

/// Why a request that is authentic was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplayError {
    /// This request was received before.
    Replayed {
        /// Its session.
        session: u64,
        /// Its number in it.
        counter: u64,
    },
    /// Too many later requests of its session were received before it, so that whether it was received is not known.
    /// The sender can encrypt it again.
    Overtaken {
        /// Its session.
        session: u64,
        /// Its number in it.
        counter: u64,
        /// The highest number that was received.
        highest: u64,
        /// How far a request may be behind that.
        limit: u32,
    },
    /// Its session is older than those that are remembered, or than the receiver. The sender has to begin another.
    Stale {
        /// The session.
        session: u64,
        /// The lowest one that is taken.
        oldest: u64,
    },
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Replayed { session, counter } => {
                write!(f, "replayed: request {counter} of session {session:#018x} was received before")
            }
            Self::Overtaken { session, counter, highest, limit } => write!(
                f,
                "overtaken: request {counter} of session {session:#018x} came after request {highest}, limit {limit}"
            ),
            Self::Stale { session, oldest } => {
                write!(f, "stale session: limit {oldest:#018x}, found {session:#018x}")
            }
        }
    }
}

impl core::error::Error for ReplayError {}
