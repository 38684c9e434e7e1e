//! Figures of the run.

use crate::console::Line;
use crate::{clock, raw, uart};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Microseconds between two lines.
const PERIOD: u32 = 250_000;

static DUE: AtomicU32 = AtomicU32::new(0);

/// Returns a line now and then: the time, how often the processor woke up, how often a byte found no place, and the peak of the stack.
pub fn line() -> Option<Line> {
    let now = clock::now();
    if now.wrapping_sub(DUE.load(Relaxed)) > 1 << 31 {
        return None;
    }
    DUE.store(now.wrapping_add(PERIOD), Relaxed);
    let line = Line::new(c"figures").number(now).number(clock::wakes());
    Some(line.number(uart::held()).number(raw::stack_peak() as u32))
}
