//! Instances: made, taken from a pool, held by the thousand, called a million times.

use crate::bare::Bare;
use crate::calls::{functions, instance};
use crate::{BARE, DEFAULT, Guests};
use aingle_wasm_bench_protocol::{Case, Failure, find, time};
use aingle_wasm_bench_work::payload;
use aingle_wasm_host::prelude::*;
use std::hint::black_box;
use std::sync::Arc;
use wasmer::{Engine, Module, Store};

/// How many instances are held at once.
const LIVE: usize = 1000;

pub(crate) fn cases(guests: Guests) -> Vec<Case> {
    let Guests { bench, bare, .. } = guests;
    vec![
        time(DEFAULT, "instance", move || {
            let mut make = maker(bench)?;
            Ok(move || {
                black_box(make()?);
                Ok(())
            })
        }),
        time(BARE, "instance", move || {
            let mut make = bare_maker(bare)?;
            Ok(move || {
                black_box(make()?);
                Ok(())
            })
        }),
        time("pool-fresh", "instance", move || pooled(bench, Reuse::Fresh)),
        time("pool-kept", "instance", move || pooled(bench, Reuse::Kept)),
        find(DEFAULT, "live", "bytes", move || memory_of_each(maker(bench)?)),
        find(BARE, "live", "bytes", move || memory_of_each(bare_maker(bare)?)),
        find(DEFAULT, "million", "bytes", move || growth(bench)),
    ]
}

/// Makes instances of one module, each called once.
fn maker(wasm: &'static [u8]) -> Result<impl FnMut() -> Result<WasmInstance, Failure>, Failure> {
    let engine = WasmEngine::new(EngineConfig::default())?;
    let (module, functions) = (engine.compile(wasm)?, Arc::new(functions()?));
    let bytes: Vec<u8> = payload(64).collect();
    Ok(move || {
        let mut instance = WasmInstance::with_host(&engine, &module, Arc::clone(&functions), ())?;
        instance.call_raw("echo", &bytes)?;
        Ok(instance)
    })
}

fn bare_maker(wasm: &'static [u8]) -> Result<impl FnMut() -> Result<Bare, Failure>, Failure> {
    let engine = Engine::default();
    let module = Module::new(&engine, wasm)?;
    let bytes: Vec<u8> = payload(64).collect();
    Ok(move || {
        let mut bare = Bare::new(Store::new(engine.clone()), &module)?;
        let echo = bare.entry("echo")?;
        bare.call(&echo, &bytes)?;
        Ok(bare)
    })
}

/// Taken, called once, and given back.
fn pooled(wasm: &'static [u8], reuse: Reuse) -> Result<impl FnMut() -> Result<(), Failure>, Failure> {
    let engine = WasmEngine::new(EngineConfig::default())?;
    let module = engine.compile(wasm)?;
    let pool = InstancePool::new(&engine, &module, Arc::new(functions()?), 1, reuse, || ());
    let bytes: Vec<u8> = payload(64).collect();
    Ok(move || {
        black_box(pool.take()?.call_raw("echo", &bytes)?);
        Ok(())
    })
}

/// How much more memory is resident for each of many instances.
fn memory_of_each<T>(mut make: impl FnMut() -> Result<T, Failure>) -> Result<u64, Failure> {
    let first = make()?;
    let before = resident()?;
    let live = (0..LIVE).map(|_| make()).collect::<Result<Vec<_>, _>>()?;
    let more = resident()?.saturating_sub(before);
    drop((first, live));
    Ok(more / LIVE as u64)
}

/// How much more memory is resident after a million calls than after some.
fn growth(wasm: &'static [u8]) -> Result<u64, Failure> {
    let mut instance = instance(wasm, EngineConfig::default())?;
    let bytes: Vec<u8> = payload(64).collect();
    let mut call = |count| (0..count).try_for_each(|_| instance.call_raw("echo", &bytes).map(drop));
    call(10_000)?;
    let before = resident()?;
    call(1_000_000)?;
    Ok(resident()?.saturating_sub(before))
}

/// The resident memory of this process, in bytes.
fn resident() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}
