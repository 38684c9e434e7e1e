//! Compiling, and loading what was compiled.

use crate::calls::unmetered;
use crate::{BARE, DEFAULT, Guests, large, raw};
use aingle_wasm_bench_protocol::{Case, Failure, find, time};
use aingle_wasm_host::prelude::*;
use std::hint::black_box;
use wasmer::sys::NativeEngineExt as _;
use wasmer::sys::wasmparser::{Parser, Payload};
use wasmer::{Engine, Module};

pub(crate) fn cases(guests: Guests) -> Vec<Case> {
    let mut cases = vec![
        time(DEFAULT, "compile", || {
            let (engine, wasm) = (WasmEngine::new(EngineConfig::default())?, large::module()?);
            Ok(move || {
                black_box(engine.compile(&wasm)?);
                Ok(())
            })
        }),
        time(BARE, "compile", || {
            let wasm = large::module()?;
            Ok(move || {
                black_box(Module::new(&Engine::default(), &wasm)?);
                Ok(())
            })
        }),
        time(DEFAULT, "load", load),
        time(BARE, "load", deserialize),
        find(DEFAULT, "module", "bytes", || Ok(large::module()?.len() as u64)),
    ];
    for (name, wasm) in guests.modules {
        cases.extend([
            find(DEFAULT, format!("bytes-{name}"), "bytes", || Ok(wasm.len() as u64)),
            find(DEFAULT, format!("code-{name}"), "bytes", || code(EngineConfig::default(), wasm)),
            find("unmetered", format!("code-{name}"), "bytes", || code(unmetered(), wasm)),
        ]);
    }
    cases
}

/// How much the cache keeps of a module, without the data that the module brings along.
fn code(config: EngineConfig, wasm: &[u8]) -> Result<u64, Failure> {
    let dir = tempfile::tempdir()?;
    let folder = dir.path().join("code");
    let engine = WasmEngine::new(EngineConfig { cache_dir: Some(folder.clone()), ..config })?;
    engine.compile_cached(b"module", wasm)?;
    let lens = folder.read_dir()?.map(|file| Ok(file?.metadata()?.len()));
    let lens: Vec<u64> = lens.collect::<std::io::Result<_>>()?;
    // A key, and other files of the cache's own, are small.
    let kept = lens.into_iter().max().ok_or("the cache kept nothing")?;
    Ok(kept.saturating_sub(data(wasm)?))
}

fn data(wasm: &[u8]) -> Result<u64, Failure> {
    let mut len = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::DataSection(segments) = payload? {
            for segment in segments {
                len += segment?.data.len() as u64;
            }
        }
    }
    Ok(len)
}

/// From the cache on disk, by a new engine each time, as after a restart. Without metering, so that it is the same code
/// that Wasmer's own way loads.
fn load() -> Result<impl FnMut() -> Result<(), Failure>, Failure> {
    let (dir, wasm) = (tempfile::tempdir()?, large::module()?);
    let config = EngineConfig { cache_dir: Some(dir.path().join("code")), ..unmetered() };
    WasmEngine::new(config.clone())?.compile_cached(b"large", &wasm)?;
    Ok(move || {
        let _dir = &dir;
        let engine = WasmEngine::new(config.clone())?;
        black_box(engine.compile_cached(b"large", &wasm)?);
        if engine.cache_stats().disk_hits == 1 { Ok(()) } else { Err("it was compiled anew".into()) }
    })
}

/// From a file, believed as it is.
fn deserialize() -> Result<impl FnMut() -> Result<(), Failure>, Failure> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("code");
    std::fs::write(&path, Module::new(&Engine::default(), large::module()?)?.serialize()?)?;
    Ok(move || {
        let _dir = &dir;
        black_box(raw::deserialize(&Engine::headless(), std::fs::read(&path)?)?);
        Ok(())
    })
}
