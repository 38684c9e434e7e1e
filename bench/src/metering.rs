//! What metering costs: computations and the weather guest, with it and without.

use crate::calls::{instance, unmetered};
use crate::{DEFAULT, Guests};
use aingle_wasm_bench_protocol::{Case, Failure, time};
use aingle_wasm_bench_work::payload;
use aingle_wasm_host::prelude::*;
use std::hint::black_box;
use weather_types::{BadBatch, Summary, UnknownSensor};

pub(crate) fn cases(guests: Guests) -> Vec<Case> {
    [(DEFAULT, EngineConfig::default()), ("unmetered", unmetered())]
        .into_iter()
        .flat_map(|(way, config)| {
            let wasm = guests.bench;
            [
                sha256(way, wasm, config.clone()),
                kernel(way, wasm, config.clone(), "fib", 27),
                kernel(way, wasm, config.clone(), "sieve", 65_535),
                weather(way, guests.weather, config),
            ]
        })
        .collect()
}

/// Of 1 MiB.
fn sha256(way: &str, wasm: &'static [u8], config: EngineConfig) -> Case {
    time(way, "sha256", move || {
        let (mut instance, bytes) = (instance(wasm, config)?, payload(1 << 20).collect::<Vec<_>>());
        Ok(move || {
            black_box(instance.call_raw("sha256", &bytes)?);
            Ok(())
        })
    })
}

fn kernel(way: &str, wasm: &'static [u8], config: EngineConfig, export: &'static str, argument: u32) -> Case {
    time(way, export, move || {
        let mut instance = instance(wasm, config)?;
        let kernel = instance.func::<(u32,), u32>(export)?;
        Ok(move || {
            black_box(kernel.call(&mut instance, (argument,))?);
            Ok(())
        })
    })
}

/// A day of readings, summed up.
fn weather(way: &str, wasm: &'static [u8], config: EngineConfig) -> Case {
    time(way, "weather", move || {
        let mut instance = weather_station(wasm, config)?;
        let summarize = instance.func::<(&str, &[f32]), Result<Summary, BadBatch>>("summarize")?;
        let readings: [f32; 24] = std::array::from_fn(|hour| 40.0 + hour as f32);
        Ok(move || {
            black_box(summarize.call(&mut instance, ("Seattle", &readings))?.map_err(|_| "refused")?);
            Ok(())
        })
    })
}

fn weather_station(wasm: &[u8], config: EngineConfig) -> Result<WasmInstance, Failure> {
    let engine = WasmEngine::new(config)?;
    let mut instance = WasmInstance::new(&engine, &engine.compile(wasm)?)?;
    instance.register("read_offset", |_: &mut (), _: u8| Ok::<f32, UnknownSensor>(0.5))?;
    instance.register_raw("archive", |_, _, _| Ok(()))?;
    Ok(instance)
}
