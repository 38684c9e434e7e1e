//! The clock in microseconds, and sleep, both by SysTick.
//!
//! SysTick counts down with an eighth of the processor's 24 MHz. It is started anew for each sleep, which takes up to a third of a
//! microsecond that the clock does not see. After the sleep it goes on with its longest period.

use crate::raw::Register;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use cortex_m::interrupt::free;

const CONTROL: Register = Register::at(0xE000_E010);
const RELOAD: Register = Register::at(0xE000_E014);
const COUNT: Register = Register::at(0xE000_E018);
const INTERRUPTS: Register = Register::at(0xE000_ED04);

const ENABLE_WITH_INTERRUPT: u32 = 3;
const SYSTICK_PENDS: u32 = 1 << 26;
const CLEAR_SYSTICK: u32 = 1 << 25;

/// Counts of a microsecond.
const COUNTS: u32 = if cfg!(feature = "slow") { 12 } else { 3 };
/// Longest sleep, in microseconds. SysTick has 24 bits.
const LONGEST: u32 = (1 << 24) / COUNTS;
/// Counts of the longest period, less 1.
const LONG_LOAD: u32 = LONGEST * COUNTS - 1;

/// The time when SysTick was started, in microseconds, and the counts that were left over.
static BASE: AtomicU32 = AtomicU32::new(0);
static REST: AtomicU32 = AtomicU32::new(0);
/// Counts of SysTick's running period, less 1.
static LOAD: AtomicU32 = AtomicU32::new(0);
static WAKES: AtomicU32 = AtomicU32::new(0);

/// Starts the clock at 0.
pub fn start() {
    RELOAD.write(LONG_LOAD);
    CONTROL.write(ENABLE_WITH_INTERRUPT);
    restart(LONG_LOAD);
}

/// Returns the time in microseconds.
pub fn now() -> u32 {
    free(|_| BASE.load(Relaxed).wrapping_add((REST.load(Relaxed) + elapsed()) / COUNTS))
}

/// Sleeps until `is_over`, or until the deadline. Returns at once if it is.
pub fn wait(deadline: Option<u32>, is_over: impl Fn() -> bool) {
    while free(|_| sleep(deadline, &is_over)) {}
}

/// Returns how often the processor woke up.
pub fn wakes() -> u32 {
    WAKES.load(Relaxed)
}

/// Sleeps once, with interrupts masked: one that is pending ends it. Returns `false` if it is not time to sleep.
fn sleep(deadline: Option<u32>, is_over: impl Fn() -> bool) -> bool {
    let left = deadline.map_or(LONGEST, |deadline| deadline.wrapping_sub(now()));
    if is_over() || left == 0 || left > 1 << 31 {
        return false;
    }
    pass(elapsed());
    restart(left.min(LONGEST) * COUNTS - 1);
    WAKES.store(WAKES.load(Relaxed).wrapping_add(1), Relaxed);
    cortex_m::asm::wfi();
    true
}

/// Begins a period with so many counts, less 1.
fn restart(load: u32) {
    RELOAD.write(load);
    COUNT.write(0);
    wait_for_count();
    INTERRUPTS.write(CLEAR_SYSTICK);
    RELOAD.write(LONG_LOAD);
    LOAD.store(load, Relaxed);
}

/// The count is 0 until the period begins.
fn wait_for_count() {
    while COUNT.read() == 0 {}
}

/// Returns the counts since the running period began. It may have ended, if its interrupt is masked.
fn elapsed() -> u32 {
    let (load, count) = (LOAD.load(Relaxed), COUNT.read());
    if INTERRUPTS.read() & SYSTICK_PENDS == 0 {
        return load - count;
    }
    match COUNT.read() {
        0 => load,
        count => load + 1 + LONG_LOAD - count,
    }
}

fn pass(counts: u32) {
    let counts = REST.load(Relaxed) + counts;
    BASE.store(BASE.load(Relaxed).wrapping_add(counts / COUNTS), Relaxed);
    REST.store(counts % COUNTS, Relaxed);
}

#[cortex_m_rt::exception]
fn SysTick() {
    free(|_| {
        wait_for_count();
        pass(LOAD.load(Relaxed) + 1);
        LOAD.store(LONG_LOAD, Relaxed);
    });
}
