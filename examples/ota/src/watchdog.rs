//! The watchdog, which resets the board when a module does not return; and a clock.

use crate::board::CLOCK_HZ;
use crate::raw::Register;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use cortex_m::peripheral::Peripherals;
use cortex_m::peripheral::syst::SystClkSource;

const LOAD: Register = Register::watchdog(0);
const CONTROL: Register = Register::watchdog(8);
const CLEAR: Register = Register::watchdog(0xc);
const LOCK: Register = Register::watchdog(0xc00);

const UNLOCK: u32 = 0x1acc_e551;
/// At its first time-out the watchdog interrupts, and at its second it resets.
const INTERRUPT_THEN_RESET: u32 = 3;

/// Ticks of the clock in a second.
const TICKS: u32 = 100;
/// How many ticks there were since the start.
static NOW: AtomicU32 = AtomicU32::new(0);

/// Starts the clock.
pub fn start_clock() {
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

/// Runs work that must take less than this; otherwise the board is reset.
pub fn within<T>(milliseconds: u32, work: impl FnOnce() -> T) -> T {
    LOCK.write(UNLOCK);
    LOAD.write(CLOCK_HZ / 1000 * milliseconds / 2);
    CONTROL.write(INTERRUPT_THEN_RESET);
    let done = work();
    CONTROL.write(0);
    CLEAR.write(1);
    done
}
