//! Computations: in the guest, in the guest with limits, and compiled with this firmware.

use crate::console::Console;
use crate::counting::instructions_each;
use crate::done;
use crate::engine::{Flash, GUEST, backend};
use crate::stopwatch::Stopwatch;
use aingle_wasm_host_core::{Counters, Signature};
use aingle_wasm_host_embedded::{Backend, EngineInstance, Error, Host, HostFunctions};

/// The same source as the guest's.
#[path = "../../../crates/aot/tests/firmware/kernels.rs"]
mod source;

/// The same guest with limits.
static LIMITED: Flash<{ include_bytes!(env!("GUEST_WITH_LIMITS")).len() }> =
    Flash(*include_bytes!(env!("GUEST_WITH_LIMITS")));

const NAMES: [&str; 3] = ["fib", "sieve", "sha256"];

/// Far more than a kernel takes.
const COUNTERS: Counters = Counters { fuel: 1 << 40, depth: 128 };

pub fn run(stopwatch: &mut Stopwatch, console: &mut Console) -> Result<(), Error> {
    for (number, name) in (0..).zip(NAMES) {
        let native = instructions_each(stopwatch, 1, || {
            core::hint::black_box(source::kernel(core::hint::black_box(number)));
        });
        console.line(format_args!("figure native-{name} {native}"));
    }
    in_guest(stopwatch, console, &GUEST.0, "")?;
    in_guest(stopwatch, console, &LIMITED.0, "limited-")
}

#[inline(never)]
fn in_guest(
    stopwatch: &mut Stopwatch,
    console: &mut Console,
    module: &[u8],
    prefix: &str,
) -> Result<(), Error> {
    let limited = !prefix.is_empty();
    let fuel = limited.then_some(COUNTERS.fuel as u64);
    let mut engine = backend(fuel, module).load(module, Host::new((), HostFunctions::new()))?;
    engine.start()?;
    if limited {
        engine.find_counters()?;
    }
    let kernel = engine.find("kernel", Signature::Entry)?;
    for (number, name) in (0..).zip(NAMES) {
        let mut found = 0;
        let instructions = instructions_each(stopwatch, 1, || {
            engine.refuel();
            if limited {
                engine.set_counters(COUNTERS);
            }
            found = done(engine.call(&kernel, number, 0)) as u32;
        });
        assert!(found == source::kernel(number));
        console.line(format_args!("figure {prefix}{name} {instructions}"));
    }
    Ok(())
}
