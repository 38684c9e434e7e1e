//! What a piece of code takes of the heap, on its own thread.

#[allow(unsafe_code)]
mod raw;

use raw::{IN_USE, PEAK};

/// Runs `code`, and returns how many bytes it had in use at most, beyond what was in use before.
pub fn peak<T>(code: impl FnOnce() -> T) -> (T, u64) {
    let before = IN_USE.get();
    PEAK.set(before);
    let result = code();
    (result, u64::try_from(PEAK.get() - before).unwrap_or(0))
}

/// Runs `code`, and returns how many bytes it took and kept; negative if it gave some back.
pub fn kept<T>(code: impl FnOnce() -> T) -> (T, i64) {
    let before = IN_USE.get();
    let result = code();
    (result, IN_USE.get() - before)
}
