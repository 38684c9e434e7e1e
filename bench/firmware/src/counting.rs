//! Instructions, by the processor's own timer: under `-icount shift=0` an instruction takes a nanosecond.

use crate::board::CLOCK_HZ;
use crate::stopwatch::Stopwatch;

/// How many instructions `work` takes when it is done `times` times, each.
pub fn instructions_each(stopwatch: &mut Stopwatch, times: u32, mut work: impl FnMut()) -> u32 {
    work();
    stopwatch.start();
    (0..times).for_each(|_| work());
    let ticks = stopwatch.stop().expect("no more work than the timer can tell");
    (u64::from(ticks) * 1_000_000_000 / u64::from(CLOCK_HZ) / u64::from(times)) as u32
}
