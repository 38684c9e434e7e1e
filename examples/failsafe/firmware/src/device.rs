//! The shim: the five functions of `nano` on this board. It knows the registers that the failsafe uses, and no others.

use crate::console::Line;
use crate::raw::{Register, key_word};
use crate::uart::{LINK, STICKS};
use crate::{clock, epochs, uart};
use aingle_wasm_nano::Shim;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use failsafe::board::{DATA, EPOCHS, KEYS, LINK_UART, PULSES, STATUS, STICKS_UART};

const LINK_STATUS: u32 = LINK_UART + STATUS;
const LINK_DATA: u32 = LINK_UART + DATA;
const STICKS_STATUS: u32 = STICKS_UART + STATUS;
const STICKS_DATA: u32 = STICKS_UART + DATA;
const KEYS_END: u32 = KEYS + 48;
const EPOCHS_END: u32 = EPOCHS + 32;

/// The pulses that were written last, as a debugger sees them.
static OUTPUTS: [AtomicU32; 4] = [const { AtomicU32::new(0) }; 4];

/// The board.
#[derive(Clone, Copy)]
pub struct Device(());

impl Device {
    /// Starts clock and USARTs.
    pub fn start() -> Self {
        clock::start();
        epochs::load();
        LINK.start();
        STICKS.start();
        Self(())
    }
}

impl Shim for Device {
    fn register_read(&self, address: u32) -> u32 {
        match address {
            LINK_STATUS => LINK.status(),
            LINK_DATA => LINK.take().into(),
            STICKS_STATUS => STICKS.status(),
            STICKS_DATA => STICKS.take().into(),
            KEYS..KEYS_END => key_word((address - KEYS) as usize / 4),
            EPOCHS..EPOCHS_END => epochs::read((address - EPOCHS) as usize / 4),
            _ => 0,
        }
    }

    fn register_write(&self, address: u32, value: u32) {
        match address {
            LINK_DATA => LINK.send(value as u8),
            EPOCHS..EPOCHS_END => epochs::write((address - EPOCHS) as usize / 4, value),
            _ => output(address, value),
        }
    }

    fn interrupt_poll(&self) -> u32 {
        uart::take_lines()
    }

    fn interrupt_wait(&self, deadline: Option<u32>) {
        clock::wait(deadline, || uart::lines() != 0);
    }

    fn tick(&self) -> u32 {
        clock::now()
    }
}

/// Writes a pulse. QEMU does not model the timer, so a change of the pulses is printed: the time, the pulses, and when the last byte of the
/// link and of the sticks came.
fn output(address: u32, value: u32) {
    let Some(number) = PULSES.iter().position(|register| *register == address) else { return };
    Register::at(PULSES[number]).write(value);
    let before = OUTPUTS[number].swap(value, Relaxed);
    let changed = CHANGED.load(Relaxed) | u32::from(before != value);
    CHANGED.store(changed, Relaxed);
    if number == PULSES.len() - 1 && CHANGED.swap(0, Relaxed) != 0 {
        let line = Line::new(c"outputs").number(clock::now());
        let line = OUTPUTS.iter().fold(line, |line, pulse| line.number(pulse.load(Relaxed)));
        line.number(LINK.last()).number(STICKS.last()).print();
    }
}

/// Whether one of the pulses has changed since the last line.
static CHANGED: AtomicU32 = AtomicU32::new(0);
