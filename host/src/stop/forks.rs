//! How often this process was forked.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// How often this process was made by forking one that watched already.
static FORKS: AtomicU32 = AtomicU32::new(0);

pub(super) fn forks() -> u32 {
    FORKS.load(Acquire)
}

/// As [`forks`], for one comparison when a call begins.
#[inline]
pub(super) fn forks_seen() -> u32 {
    FORKS.load(Relaxed)
}

/// In a child: it was made by another fork.
pub(super) fn count_fork() {
    FORKS.store(FORKS.load(Acquire).wrapping_add(1), Release);
}
