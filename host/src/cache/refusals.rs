//! Modules that a compilation failed on, so that the same module does not cost another one.

use super::name::Name;
use crate::error::HostErrorKind;
use lru::LruCache;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

/// How many are remembered.
const MOST: NonZeroUsize = NonZeroUsize::new(1000).unwrap();
/// How much of a compiler's words is remembered, in bytes.
const MOST_WORDS: usize = 1000;

pub(crate) struct Refusals {
    of: LruCache<Name, (HostErrorKind, Instant)>,
    remembered: Duration,
}

impl Refusals {
    /// Keeps each for so long.
    pub(crate) fn new(remembered: Duration) -> Self {
        Self { of: LruCache::new(MOST), remembered }
    }

    /// Returns why a module was refused, if that is remembered.
    pub(crate) fn get(&mut self, name: &Name) -> Option<HostErrorKind> {
        let (kind, since) = self.of.peek(name)?;
        if since.elapsed() < self.remembered {
            return Some(kind.clone());
        }
        self.of.pop(name);
        None
    }

    /// Remembers why a module was refused, if that was dear.
    pub(crate) fn put(&mut self, name: Name, kind: &HostErrorKind) {
        if self.remembered.is_zero() || !kind.cost_a_compilation() {
            return;
        }
        let kind = match kind {
            HostErrorKind::Compiler { reason } if reason.len() > MOST_WORDS => {
                let words: String = reason.chars().take(MOST_WORDS).collect();
                HostErrorKind::Compiler { reason: format!("{words}… ({} bytes in all)", reason.len()) }
            }
            kind => kind.clone(),
        };
        self.of.put(name, (kind, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: u32) -> Name {
        Name::new("", &number.to_le_bytes())
    }

    #[test]
    fn what_was_dear_is_remembered_for_a_while_and_bounded() {
        let dear = HostErrorKind::Compiler { reason: "é".repeat(5000) };
        let cheap = HostErrorKind::ForeignModule;
        let mut refusals = Refusals::new(Duration::from_secs(600));
        refusals.put(name(0), &cheap);
        assert_eq!(refusals.get(&name(0)), None);
        for number in 0..2000 {
            refusals.put(name(number), &dear);
        }
        assert!(refusals.of.len() == 1000 && refusals.get(&name(999)).is_none());
        let Some(HostErrorKind::Compiler { reason }) = refusals.get(&name(1999)) else { panic!() };
        assert!(reason.len() < 2100 && reason.ends_with("(10000 bytes in all)"));
        let mut forgetful = Refusals::new(Duration::from_millis(1));
        forgetful.put(name(0), &dear);
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(forgetful.get(&name(0)), None);
        let mut never = Refusals::new(Duration::ZERO);
        never.put(name(0), &dear);
        assert!(never.of.is_empty());
    }
}
