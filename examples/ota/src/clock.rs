//! The time since the start.

use crate::board::CLOCK_HZ;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use cortex_m::peripheral::Peripherals;
use cortex_m::peripheral::syst::SystClkSource;

/// Ticks of the clock in a second.
const TICKS: u32 = 100;
/// How many ticks there were since the start.
static NOW: AtomicU32 = AtomicU32::new(0);

/// Starts the clock.
pub fn start() {
    if let Some(mut peripherals) = Peripherals::take() {
        let timer = &mut peripherals.SYST;
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(CLOCK_HZ / TICKS - 1);
        timer.clear_current();
        timer.enable_counter();
        timer.enable_interrupt();
    }
}

/// Returns the time since the start, in milliseconds.
pub fn milliseconds() -> u64 {
    u64::from(NOW.load(Relaxed)) * u64::from(1000 / TICKS)
}

#[cortex_m_rt::exception]
fn SysTick() {
    NOW.store(NOW.load(Relaxed).wrapping_add(1), Relaxed);
}
