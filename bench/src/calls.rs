//! Calls into the guest, and from the guest to its host.

use crate::{DEFAULT, Guests};
use aingle_wasm_bench_protocol::{Case, Failure, batches, in_batches, time};
use aingle_wasm_bench_work::{SAMPLE, SIZES, Sample, payload, readings};
use aingle_wasm_host::prelude::*;
use std::hint::black_box;
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

fn checked() -> EngineConfig {
    EngineConfig { integrity: Integrity::Checked, ..Default::default() }
}

pub(crate) fn cases(guests: Guests) -> Vec<Case> {
    let wasm = guests.bench;
    let mut cases = Vec::new();
    for (size, len) in SIZES {
        for export in ["echo", "sum"] {
            let call = |wasm, config| {
                let work = format!("{export}-{size}");
                Call { wasm, config, export, work, bytes: Box::new(move || payload(len).collect()) }
            };
            cases.push(call(wasm, EngineConfig::default()).owned(DEFAULT));
            cases.push(call(wasm, EngineConfig::default()).in_place("in-place"));
            cases.push(call(wasm, checked()).owned("checked"));
            cases.push(call(guests.server, checked()).owned("checked-server"));
            cases.push(call(wasm, unmetered()).owned("unmetered"));
            cases.push(call(guests.portable, EngineConfig::default()).owned("portable"));
            cases.push(call(guests.plain, EngineConfig::default()).owned("plain"));
        }
        let (wasm, config, work) = (guests.plain, EngineConfig::default(), format!("echo-{size}"));
        let bytes = Box::new(move || payload(len).collect());
        cases.push(Call { wasm, config, export: "echo_by_hand", work, bytes }.owned("by-hand"));
    }
    cases.extend(typed(wasm));
    cases.extend(typed_values("plain", guests.plain));
    cases.push(host_calls(DEFAULT, wasm, EngineConfig::default()));
    cases.push(host_calls("checked", wasm, checked()));
    cases.push(host_calls("unmetered", wasm, unmetered()));
    cases.push(host_calls("portable", guests.portable, EngineConfig::default()));
    cases.push(host_calls("plain", guests.plain, EngineConfig::default()));
    for (way, lz4_threshold) in [(DEFAULT, 0), ("lz4", 1024)] {
        let config = EngineConfig { lz4_threshold, ..Default::default() };
        cases.push(
            Call { wasm, config, export: "echo", work: "text-64k".into(), bytes: Box::new(text) }.owned(way),
        );
    }
    cases
}

/// 64 KiB of text.
fn text() -> Vec<u8> {
    include_bytes!("../../examples/data/seattle-temps.csv")[..64 << 10].to_vec()
}

/// A payload, made when it is needed.
type Bytes = Box<dyn FnOnce() -> Vec<u8>>;

/// A call of an export on bytes.
struct Call {
    wasm: &'static [u8],
    config: EngineConfig,
    export: &'static str,
    work: String,
    bytes: Bytes,
}

impl Call {
    /// Bytes in, owned bytes out.
    fn owned(self, way: &str) -> Case {
        let Self { wasm, config, export, work, bytes } = self;
        time(way, work, move || {
            let (mut instance, bytes) = (instance(wasm, config)?, bytes());
            Ok(move || {
                black_box(instance.call_raw(export, &bytes)?);
                Ok(())
            })
        })
    }

    /// Bytes written into guest memory, and read there.
    fn in_place(self, way: &str) -> Case {
        let Self { wasm, config, export, work, bytes } = self;
        time(way, work, move || {
            let (mut instance, bytes) = (instance(wasm, config)?, bytes());
            Ok(move || {
                let write = |room: &mut [u8]| room.copy_from_slice(&bytes);
                black_box(instance.call_in_place(export, bytes.len(), write)?);
                Ok(())
            })
        })
    }
}

fn typed(wasm: &'static [u8]) -> [Case; 3] {
    let bytes = Box::new(|| postcard::to_allocvec(&SAMPLE).unwrap_or_default());
    let config = EngineConfig::default();
    let same_bytes = Call { wasm, config, export: "echo", work: "struct".into(), bytes }.owned("bytes");
    let [sample, batch] = typed_values(DEFAULT, wasm);
    [sample, same_bytes, batch]
}

fn typed_values(way: &'static str, wasm: &'static [u8]) -> [Case; 2] {
    let sample = time(way, "struct", move || {
        let mut instance = instance(wasm, Default::default())?;
        let adjust = instance.func::<(Sample,), Sample>("adjust")?;
        Ok(move || {
            black_box(adjust.call(&mut instance, (SAMPLE,))?);
            Ok(())
        })
    });
    let batch = time(way, "readings", move || {
        let mut instance = instance(wasm, Default::default())?;
        let mean = instance.func::<(&[f32],), f32>("mean")?;
        let readings = readings();
        Ok(move || {
            black_box(mean.call(&mut instance, (&readings,))?);
            Ok(())
        })
    });
    [sample, batch]
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
