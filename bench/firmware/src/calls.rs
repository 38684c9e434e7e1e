//! The SDK's calls. What comes back is compared behind each count: the comparison is the benchmark's own.

use crate::console::Console;
use crate::counting::instructions_each;
use crate::done;
use crate::engine::{GUEST, backend};
use crate::raw;
use crate::stopwatch::Stopwatch;
use aingle_wasm_bench_work::{HOST_CALLS, MESSAGE, SAMPLE, Sample};
use aingle_wasm_host_embedded::{Config, EngineInstance, Error, Integrity, Response, Runtime};
use core::hint::black_box;

pub fn run(stopwatch: &mut Stopwatch, console: &mut Console) -> Result<(), Error> {
    checked(stopwatch, console)?;
    trusted(stopwatch, console)
}

/// With checksums. Neither is inlined: one runtime at a time is on the stack.
#[inline(never)]
fn checked(stopwatch: &mut Stopwatch, console: &mut Console) -> Result<(), Error> {
    let mut config = Config::default();
    config.integrity = Integrity::Checked;
    // A runtime that is moved out of its result is on the stack twice.
    let mut loaded = Runtime::with_config(backend(None, &GUEST.0), &GUEST.0, (), config);
    let runtime = loaded.as_mut().map_err(|error| *error)?;
    runtime.register_raw("reflect", |(), message, response: &mut Response<'_>| {
        response.write(message);
        Ok(())
    })?;
    console.line(format_args!("figure heap-loaded {}", raw::heap_peak()));
    let message = [7; MESSAGE];
    let echo = instructions_each(stopwatch, 100, || {
        black_box(done(runtime.call_raw("echo", &message)));
    });
    assert!(runtime.reply() == message);
    console.line(format_args!("figure echo {echo}"));
    console.line(format_args!("figure heap-echo {}", raw::heap_peak()));
    let adjust = runtime.func::<(Sample,), Sample>("adjust")?;
    let sample = instructions_each(stopwatch, 100, || {
        black_box(done(adjust.call(runtime, (SAMPLE,))));
    });
    assert!(done(adjust.call(runtime, (SAMPLE,))) == SAMPLE.corrected());
    console.line(format_args!("figure struct {sample}"));
    console.line(format_args!("figure heap-struct {}", raw::heap_peak()));
    let ask = runtime.func::<(u32,), u32>("ask")?;
    let asked = instructions_each(stopwatch, 1, || {
        let answered = done(ask.call(runtime, (HOST_CALLS / 10,)));
        assert!(answered == HOST_CALLS / 10 * MESSAGE as u32);
    });
    console.line(format_args!("figure host-call {}", asked / (HOST_CALLS / 10)));
    console.line(format_args!("figure heap-host-call {}", raw::heap_peak()));
    console.line(format_args!("figure guest {}", runtime.engine_mut().memory().len()));
    Ok(())
}

/// An echo in place, without checksums.
#[inline(never)]
fn trusted(stopwatch: &mut Stopwatch, console: &mut Console) -> Result<(), Error> {
    let mut config = Config::default();
    config.integrity = Integrity::Trusted;
    let mut loaded = Runtime::with_config(backend(None, &GUEST.0), &GUEST.0, (), config);
    let runtime = loaded.as_mut().map_err(|error| *error)?;
    runtime.register_raw("reflect", |_, _, _| Ok(()))?;
    let message = [7; MESSAGE];
    let echo = instructions_each(stopwatch, 100, || {
        let write = |room: &mut [u8]| room.copy_from_slice(&message);
        black_box(done(runtime.call_in_place("echo", MESSAGE, write)));
    });
    assert!(runtime.reply() == message);
    console.line(format_args!("figure trusted {echo}"));
    Ok(())
}
