//! Calls into the guest, and from the guest to its host.

use crate::{DEFAULT, Guests};
use aingle_wasm_bench_line::{Case, Failure, batches, time};
use aingle_wasm_bench_work::{HOST_CALLS, SIZES, payload, readings};
use aingle_wasm_host::prelude::*;
use bench_guest::Sample;
use std::sync::Arc;
use std::time::Instant;

/// One instance of a module, with the host function that guests of the benchmarks import.
pub(crate) fn instance(wasm: &[u8], config: EngineConfig) -> Result<WasmInstance, Failure> {
    let engine = WasmEngine::new(config)?;
    let module = engine.compile(wasm)?;
    Ok(WasmInstance::with_host(&engine, &module, Arc::new(functions()?), ())?)
}

/// What these guests import: a function that answers with its request.
pub(crate) fn functions() -> Result<HostFunctions<()>, HostError> {
    let mut functions = HostFunctions::new();
    functions.register_raw("reflect", |_, message, response| {
        response.write(message);
        Ok(())
    })?;
    Ok(functions)
}

pub(crate) fn unmetered() -> EngineConfig {
    EngineConfig { metering_limit: u64::MAX, ..Default::default() }
}

/// Each payload once.
pub(crate) fn sizes() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    SIZES.into_iter().map(|(size, len)| (size, payload(len).collect()))
}

pub(crate) fn cases(guests: Guests) -> Vec<Case> {
    let wasm = guests.bench;
    let mut cases = Vec::new();
    for (size, bytes) in sizes() {
        for (export, work) in [("echo", format!("echo-{size}")), ("sum", format!("sum-{size}"))] {
            let trusted = EngineConfig { integrity: Integrity::Trusted, ..Default::default() };
            cases.push(owned(DEFAULT, &work, wasm, Default::default(), export, bytes.clone()));
            cases.push(in_place("in-place", &work, wasm, Default::default(), export, bytes.clone()));
            cases.push(in_place("trusted", &work, wasm, trusted, export, bytes.clone()));
            cases.push(owned("unmetered", &work, wasm, unmetered(), export, bytes.clone()));
        }
    }
    cases.extend(typed(wasm));
    cases.extend(
        [("aingle", EngineConfig::default()), ("unmetered", unmetered())]
            .map(|(way, config)| host_calls(way, wasm, config)),
    );
    let text = include_bytes!("../../examples/data/seattle-temps.csv")[..64 << 10].to_vec();
    let lz4 = EngineConfig { lz4_threshold: 1024, ..Default::default() };
    cases.push(owned(DEFAULT, "text-64k", wasm, Default::default(), "echo", text.clone()));
    cases.push(owned("lz4", "text-64k", wasm, lz4, "echo", text));
    cases
}

/// Bytes in, owned bytes out.
fn owned(
    way: &str,
    work: &str,
    wasm: &'static [u8],
    config: EngineConfig,
    export: &'static str,
    bytes: Vec<u8>,
) -> Case {
    time(way, work, move || {
        let mut instance = instance(wasm, config)?;
        Ok(move || {
            std::hint::black_box(instance.call_raw(export, &bytes)?);
            Ok(())
        })
    })
}

/// Bytes written into guest memory, and read there.
fn in_place(
    way: &str,
    work: &str,
    wasm: &'static [u8],
    config: EngineConfig,
    export: &'static str,
    bytes: Vec<u8>,
) -> Case {
    time(way, work, move || {
        let mut instance = instance(wasm, config)?;
        Ok(move || {
            let write = |room: &mut [u8]| room.copy_from_slice(&bytes);
            std::hint::black_box(instance.call_in_place(export, bytes.len(), write)?);
            Ok(())
        })
    })
}

const SAMPLE: Sample = Sample { sensor: 300, at: 1_700_000_000_000, celsius: 21.5, valid: true };

fn typed(wasm: &'static [u8]) -> [Case; 3] {
    let sample = time(DEFAULT, "struct", move || {
        let mut instance = instance(wasm, Default::default())?;
        let adjust = instance.func::<(Sample,), Sample>("adjust")?;
        Ok(move || {
            std::hint::black_box(adjust.call(&mut instance, (SAMPLE,))?);
            Ok(())
        })
    });
    let bytes = postcard::to_allocvec(&SAMPLE).unwrap_or_default();
    let same_bytes = owned("bytes", "struct", wasm, Default::default(), "echo", bytes);
    let batch = time(DEFAULT, "readings", move || {
        let mut instance = instance(wasm, Default::default())?;
        let mean = instance.func::<(&[f32],), f32>("mean")?;
        let readings = readings();
        Ok(move || {
            std::hint::black_box(mean.call(&mut instance, (&readings,))?);
            Ok(())
        })
    });
    [sample, same_bytes, batch]
}

/// A guest that calls its host over and over.
fn host_calls(way: &str, wasm: &'static [u8], config: EngineConfig) -> Case {
    batches(way, "host-call", move || {
        let mut instance = instance(wasm, config)?;
        let ask = instance.func::<(u32,), u32>("ask")?;
        Ok(move |count| {
            let began = Instant::now();
            for times in in_batches(count) {
                ask.call(&mut instance, (times,))?;
            }
            Ok(began.elapsed())
        })
    })
}

/// A count of host calls, by the calls that they are made in.
pub(crate) fn in_batches(count: u64) -> impl Iterator<Item = u32> {
    let whole = u64::from(HOST_CALLS);
    let rest = (count % whole) as u32;
    (0..count / whole).map(|_| HOST_CALLS).chain((rest != 0).then_some(rest))
}
