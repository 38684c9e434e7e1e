//! The node: the failsafe as a native image, and the shim under it.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

mod clock;
mod console;
mod device;
mod epochs;
mod figures;
mod image;
mod raw;
mod uart;

use aingle_wasm_nano::Shim;
use console::Line;
use cortex_m_semihosting::debug;
use device::Device;
use failsafe::board::PULSES;
use failsafe::state::SAFE;

/// Bytes of the longest line, with its zero.
const LONGEST_LINE: usize = 80;

/// The board, which prints figures now and then.
struct Measured(Device);

impl Shim for Measured {
    fn register_read(&self, address: u32) -> u32 {
        self.0.register_read(address)
    }

    fn register_write(&self, address: u32, value: u32) {
        self.0.register_write(address, value);
    }

    fn interrupt_poll(&self) -> u32 {
        self.0.interrupt_poll()
    }

    fn interrupt_wait(&self, deadline: Option<u32>) {
        if let Some(line) = figures::line() {
            line.number(image::guest_stack_peak()).print();
        }
        self.0.interrupt_wait(deadline);
    }

    fn tick(&self) -> u32 {
        self.0.tick()
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    static mut SHIM: Option<Measured> = None;
    let shim = SHIM.insert(Measured(Device::start()));
    Line::new(c"node").number(image::STACK).print();
    let trap = image::run(shim);
    end(trap)
}

/// Puts the outputs into their safe state. On a part, a restart follows.
fn end(trap: u32) -> ! {
    for (register, pulse) in PULSES.into_iter().zip(SAFE) {
        raw::Register::at(register).write(pulse.into());
    }
    Line::new(c"ended").number(trap).print();
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    end(u32::MAX)
}
