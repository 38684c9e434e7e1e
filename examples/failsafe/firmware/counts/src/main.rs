//! Counts instructions: a step of the mixer, and a wake-up with its poll, in an image and compiled natively. With the feature `histories` it plays
//! those of the primitives, and compares.
//!
//! QEMU has to run it with `-icount shift=0`, so that an instruction takes a nanosecond.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

mod raw;

use cortex_m::peripheral::{Peripherals, SYST, syst::SystClkSource::Core};
use cortex_m_semihosting::{debug, hprintln};
use failsafe::counts::run_all;
use failsafe::histories::{COUNT, HASH, LONGEST, play_all};

/// Iterations of each, and of the empty run that is subtracted.
const ITERATIONS: u32 = 2_000;
/// SysTick counts 24 in a microsecond, which has 1,000 instructions.
const CLOCK_MHZ: u64 = 24;

#[cortex_m_rt::entry]
fn main() -> ! {
    let ended = run();
    debug::exit(if ended.is_some() { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    loop {
        cortex_m::asm::wfi();
    }
}

/// Prints a line for each: its name, and tenths of instructions of an iteration in the image and natively.
fn run() -> Option<()> {
    let image = raw::Instance::start()?;
    if cfg!(feature = "histories") {
        return play(&image);
    }
    let mut timer = Peripherals::take()?.SYST;
    timer.set_clock_source(Core);
    timer.set_reload(0xFF_FFFF);
    timer.clear_current();
    timer.enable_counter();
    for (function, name) in (0..).zip(["mixer", "wake", "permit"]) {
        let (found, in_image) = count(|count| image.call(function, count));
        let (expected, natively) = count(|count| run_all(function, count));
        if found != expected {
            hprintln!("error {} {} {}", name, found, expected);
            return None;
        }
        hprintln!("{} {} {}", name, in_image, natively);
    }
    Some(())
}

/// Plays the histories, and prints how many there are. Both hashes have to be the known one.
fn play(image: &raw::Instance) -> Option<()> {
    let hashes = [image.call(0, LONGEST), play_all(LONGEST)];
    if hashes != [HASH; 2] {
        hprintln!("error {:x} {:x}", hashes[0], hashes[1]);
        return None;
    }
    hprintln!("histories {}", COUNT);
    Some(())
}

/// Returns the result, and tenths of instructions of an iteration.
fn count(function: impl Fn(u32) -> u32) -> (u32, u64) {
    let time = |count| {
        let start = SYST::get_current();
        let result = function(count);
        (result, u64::from(start.wrapping_sub(SYST::get_current()) & 0xFF_FFFF))
    };
    let (_, empty) = time(0);
    let (result, full) = time(ITERATIONS);
    (result, (full - empty) * 10_000 / CLOCK_MHZ / u64::from(ITERATIONS))
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::wfi();
    }
}
