//! The weather guest in firmware: one `.wasm` in flash, run on Cortex-M by an interpreter.
//!
//! How a module is loaded, given host functions and called stands in `scenario/src/embedded.rs`, where
//! the server's example has it from too; `weather.rs` configures the engines. The rest is what every
//! firmware has: a heap, a stack, a clock, a way to speak.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

extern crate alloc;

mod board;
mod console;
mod panic;
mod raw;
mod stopwatch;
mod weather;

use console::Console;
use cortex_m_semihosting::debug;
use stopwatch::Stopwatch;

/// The module, in flash.
static GUEST: &[u8] = include_bytes!(env!("GUEST"));

#[cortex_m_rt::entry]
fn main() -> ! {
    raw::start_heap();
    let mut stopwatch = Stopwatch::new();
    let mut console = Console::open();
    console.line(format_args!("board {}\nclock {}", board::NAME, board::CLOCK_HZ));
    let result = weather::run_all(GUEST, &mut stopwatch, &mut console);
    weather::report_memory(&mut console);
    debug::exit(match result {
        Ok(()) => debug::EXIT_SUCCESS,
        Err(error) => {
            console.line(format_args!("error {error}"));
            debug::EXIT_FAILURE
        }
    });
    unreachable!("the debugger ends the program")
}
