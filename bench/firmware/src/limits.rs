//! Calls of a guest that carries limits: the fuel is set before each, and what it used is read after it.

use crate::console::Console;
use crate::counting::instructions_each;
use crate::done;
use crate::engine::{Flash, GUEST, backend};
use crate::stopwatch::Stopwatch;
use aingle_wasm_bench_work::{LITTLE_FUEL, MESSAGE};
use aingle_wasm_host_embedded::{
    Backend, Config, EngineInstance, Error, Integrity, LoadError, Response, Runtime, Trap,
};
use core::hint::black_box;

/// The same guest before it got its limits.
static WITHOUT_LIMITS: Flash<{ include_bytes!(env!("GUEST_WITHOUT_LIMITS")).len() }> =
    Flash(*include_bytes!(env!("GUEST_WITHOUT_LIMITS")));

/// Far more than a call takes.
const FUEL: u64 = 1_000_000;

pub fn run(stopwatch: &mut Stopwatch, console: &mut Console) -> Result<(), Error> {
    let mut runtime = load(&GUEST.0, FUEL)?;
    let message = [7; MESSAGE];
    let echo = instructions_each(stopwatch, 100, || {
        black_box(done(runtime.call_raw("echo", &message)));
    });
    assert!(runtime.reply() == message);
    console.line(format_args!("figure echo {echo}"));
    console.line(format_args!("figure fuel {}", runtime.fuel_used().unwrap_or_default()));
    console.line(format_args!("figure guest {}", runtime.engine_mut().memory().len()));
    drop(runtime);
    console.line(format_args!("figure out-of-fuel {}", out_of_fuel()?));
    let refused = matches!(load(&WITHOUT_LIMITS.0, FUEL), Err(Error::Load(LoadError::NoLimits)));
    console.line(format_args!("figure no-limits {}", u32::from(refused)));
    Ok(())
}

/// What a call with too little fuel has used when it is stopped.
fn out_of_fuel() -> Result<u64, Error> {
    match load(&GUEST.0, LITTLE_FUEL)?.call_raw("echo", &[7; MESSAGE]) {
        Err(Error::Trap(Trap::OutOfFuel { limit: LITTLE_FUEL, used })) => Ok(used),
        other => other.map(|_| 0),
    }
}

fn load(module: &[u8], fuel: u64) -> Result<Runtime<'_, impl Backend>, Error> {
    // Fuel is compared with a server's, which has checksums.
    let mut config = Config::default();
    config.integrity = Integrity::Checked;
    let mut runtime = Runtime::with_config(backend(Some(fuel), module), module, (), config)?;
    runtime.register_raw("reflect", |(), message, response: &mut Response<'_>| {
        response.write(message);
        Ok(())
    })?;
    Ok(runtime)
}
