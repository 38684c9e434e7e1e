//! Runs what synth makes of the histories and of the mixer, and compares with the known hash and with the same source compiled natively.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

mod raw;

use cortex_m_semihosting::{debug, hprintln};
use failsafe::counts::mix_all;
use failsafe::histories::{COUNT, HASH, LONGEST};

/// The numbers of the functions of the module.
const HISTORIES: u32 = 0;
const MIXER: u32 = 1;
/// Controls that are mixed.
const MIXED: u32 = 2_000;

#[cortex_m_rt::entry]
fn main() -> ! {
    let histories = raw::play(HISTORIES, LONGEST);
    hprintln!("{} histories {:x} (wanted {:x})", COUNT, histories, HASH);
    let (mixed, wanted) = (raw::play(MIXER, MIXED), mix_all(MIXED));
    hprintln!("{} steps of the mixer {:x} (wanted {:x})", MIXED, mixed, wanted);
    let equal = histories == HASH && mixed == wanted;
    debug::exit(if equal { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::wfi();
    }
}
