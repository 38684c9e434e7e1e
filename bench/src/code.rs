//! Compiling, and loading what was compiled.

use crate::calls::unmetered;
use crate::{BARE, DEFAULT, Guests, large, raw};
use aingle_wasm_bench_protocol::{Case, Failure, find, time};
use aingle_wasm_host::prelude::*;
use std::hint::black_box;
use wasmer::sys::NativeEngineExt as _;
use wasmer::{Engine, Module};

pub(crate) fn cases(_: Guests) -> Vec<Case> {
    vec![
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
    ]
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
