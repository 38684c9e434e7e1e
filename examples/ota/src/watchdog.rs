//! The watchdog, which resets the board when a module does not return.

use crate::board::CLOCK_HZ;
use crate::raw::Register;

const LOAD: Register = Register::watchdog(0);
const CONTROL: Register = Register::watchdog(8);
const CLEAR: Register = Register::watchdog(0xc);
const LOCK: Register = Register::watchdog(0xc00);

const UNLOCK: u32 = 0x1acc_e551;
/// At its first time-out the watchdog interrupts, and at its second it resets.
const INTERRUPT_THEN_RESET: u32 = 3;

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
