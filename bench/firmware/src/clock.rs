//! Instructions, by the processor's own timer: under `-icount shift=0` an instruction takes a nanosecond.

use crate::board::CLOCK_HZ;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{Peripherals, SYST};

/// The timer counts 24 bits downwards, at the processor's clock.
const TICKS: u32 = 1 << 24;

pub struct Clock(SYST);

impl Clock {
    /// Takes the timer.
    pub fn start() -> Self {
        let mut timer = Peripherals::take().expect("nobody else takes the peripherals").SYST;
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(TICKS - 1);
        timer.clear_current();
        timer.enable_counter();
        Self(timer)
    }

    /// How many instructions `work` takes when it is done `times` times, each.
    pub fn instructions_each(&mut self, times: u32, mut work: impl FnMut()) -> u32 {
        work();
        self.0.clear_current();
        // Reading the flag clears it.
        self.0.has_wrapped();
        let began = SYST::get_current();
        (0..times).for_each(|_| work());
        let ticks = began.wrapping_sub(SYST::get_current()) % TICKS;
        assert!(!self.0.has_wrapped(), "more work than the timer can tell");
        (u64::from(ticks) * 1_000_000_000 / u64::from(CLOCK_HZ) / u64::from(times)) as u32
    }
}
