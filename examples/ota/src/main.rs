//! Firmware that receives modules over its UART.
//!
//! `boot.rs` decides which module runs and whether it may stay, `serve.rs` receives the next one. The rest is what every firmware has: a
//! heap, a flash, a UART, a watchdog, a way to speak.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

extern crate alloc;

#[cfg(feature = "fleet")]
mod announced;
mod board;
#[cfg(feature = "update")]
mod boot;
#[cfg(all(feature = "update", not(feature = "serial")))]
mod built_in;
#[cfg(feature = "serial")]
mod clock;
#[path = "../../firmware/src/console.rs"]
mod console;
mod engine;
mod figures;
#[cfg(feature = "update")]
mod flash;
#[cfg(feature = "native")]
mod images;
#[cfg(feature = "update")]
#[path = "../keys.rs"]
mod keys;
#[path = "../../firmware/src/raw.rs"]
mod memory;
#[cfg(feature = "update")]
mod raw;
#[cfg(feature = "serial")]
mod serve;
#[cfg(feature = "serial")]
mod uart;
#[cfg(feature = "update")]
mod watchdog;

use console::Console;
use cortex_m_semihosting::debug;

#[cortex_m_rt::entry]
fn main() -> ! {
    memory::start_heap();
    let mut console = Console::open();
    run(&mut console)
}

/// Starts the module that is to run, and receives the next one.
#[cfg(feature = "serial")]
fn run(console: &mut Console) -> ! {
    let Err(error) = serve::forever(console);
    end(console, error.code())
}

/// Takes the signed module that is built in, and runs it after a restart.
#[cfg(all(feature = "update", not(feature = "serial")))]
fn run(console: &mut Console) -> ! {
    let taken = built_in::take(console);
    end(console, taken.map_or_else(|error| error.code(), |()| 0))
}

/// Runs the module that is built in.
#[cfg(not(feature = "update"))]
fn run(console: &mut Console) -> ! {
    static MODULE: &[u8] = include_bytes!(env!("MODULE"));
    let checked = engine::check(MODULE);
    if let Ok(version) = checked {
        console.line(format_args!("runs version {version}"));
    }
    figures::print(console);
    end(console, checked.map_or_else(|failure| failure.0, |_| 0))
}

/// Ends, with an error unless the code is 0.
fn end(console: &mut Console, code: u16) -> ! {
    if code > 0 {
        console.line(format_args!("error {code}"));
    }
    debug::exit(if code == 0 { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // The words of all panics take flash.
    end(&mut Console::open(), u16::MAX)
}
