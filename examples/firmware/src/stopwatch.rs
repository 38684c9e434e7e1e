//! Time, by the processor's own timer.

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{Peripherals, SYST};

/// SysTick counts 24 bits downwards, at the processor's clock.
const TICKS: u32 = 1 << 24;

/// Measures one call at a time, of up to 2^24 ticks.
pub struct Stopwatch {
    timer: SYST,
    began: u32,
}

impl Stopwatch {
    /// Takes the timer.
    pub fn new() -> Self {
        let mut timer = Peripherals::take().expect("nobody else takes the peripherals").SYST;
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(TICKS - 1);
        timer.clear_current();
        timer.enable_counter();
        Self { timer, began: 0 }
    }

    /// Starts a measurement. A function of its own, as the next is, so that a trace of the program shows where.
    #[inline(never)]
    pub fn start(&mut self) {
        self.timer.clear_current();
        // Reading the flag clears it.
        self.timer.has_wrapped();
        self.began = SYST::get_current();
    }

    /// The ticks since then; nothing when there were more than the timer can tell.
    #[inline(never)]
    pub fn stop(&mut self) -> Option<u32> {
        let now = SYST::get_current();
        let ticks = self.began.wrapping_sub(now) % TICKS;
        (!self.timer.has_wrapped()).then_some(ticks)
    }
}
