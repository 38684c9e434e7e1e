//! The benchmarks' calls on a Cortex-M3, as QEMU models it: how many instructions each takes, and how much memory.
//!
//! Heap, stack, stopwatch and console are those of the example firmware.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

extern crate alloc;

mod board;
#[cfg(feature = "bare")]
mod by_hand;
#[cfg(all(feature = "engine", not(any(feature = "bare", feature = "limits"))))]
mod calls;
#[path = "../../../examples/firmware/src/console.rs"]
mod console;
mod counting;
#[cfg(feature = "engine")]
mod engine;
#[cfg(feature = "kernels")]
mod kernels;
#[cfg(all(feature = "limits", not(feature = "kernels")))]
mod limits;
mod panic;
#[path = "../../../examples/firmware/src/raw.rs"]
mod raw;
#[path = "../../../examples/firmware/src/stopwatch.rs"]
mod stopwatch;
#[cfg(feature = "native")]
mod sys;

use console::Console;
use cortex_m_semihosting::debug;
use counting::instructions_each;
use stopwatch::Stopwatch;

#[cortex_m_rt::entry]
fn main() -> ! {
    raw::start_heap();
    let (mut stopwatch, mut console) = (Stopwatch::new(), Console::open());
    console.line(format_args!("figure nothing {}", instructions_each(&mut stopwatch, 100, || ())));
    #[cfg(feature = "bare")]
    done(by_hand::run(&mut stopwatch, &mut console));
    #[cfg(feature = "kernels")]
    done(kernels::run(&mut stopwatch, &mut console));
    #[cfg(all(feature = "limits", not(feature = "kernels")))]
    done(limits::run(&mut stopwatch, &mut console));
    #[cfg(all(feature = "engine", not(any(feature = "bare", feature = "limits"))))]
    done(calls::run(&mut stopwatch, &mut console));
    console.line(format_args!("figure heap {}", raw::heap_peak()));
    console.line(format_args!("figure stack {}", raw::stack_peak()));
    debug::exit(debug::EXIT_SUCCESS);
    unreachable!("the debugger ends the program")
}

/// What a call gave. An error is put in words only where that is asked for: the words of all errors take flash that
/// a device need not spend, and what is measured here is the engine and the SDK.
#[cfg(feature = "engine")]
fn done<T, E: core::fmt::Debug>(result: Result<T, E>) -> T {
    #[cfg(feature = "explain")]
    return result.unwrap_or_else(|error| panic!("{error:?}"));
    #[cfg(not(feature = "explain"))]
    return result.unwrap_or_else(|_| {
        panic!("the guest does not run; built with the feature `explain`, this says why")
    });
}
