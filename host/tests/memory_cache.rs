//! Compiled modules in memory.

mod common;

use aingle_wasm_host::prelude::*;
use common::*;

/// Modules that differ in a number only.
fn numbered(number: u32) -> Vec<u8> {
    let more = format!(
        "(func (export \"number\") (param i32 i32) (result i64) \
         (call $open (local.get 0) (local.get 1)) (call $number (i32.const {number})))"
    );
    guest(&more)
}

fn number(engine: &WasmEngine, module: &WasmModule) -> u32 {
    let mut instance = WasmInstance::new(engine, module).unwrap();
    u32::from_le_bytes(instance.call_raw("number", b"").unwrap().try_into().unwrap())
}

#[test]
fn a03_the_second_call_is_a_hit() {
    let engine = engine();
    let first = engine.compile_cached(b"one", &numbered(1)).unwrap();
    let second = engine.compile_cached(b"one", &numbered(1)).unwrap();
    let stats = engine.cache_stats();
    assert_eq!((stats.hits, stats.misses, stats.entries, stats.evictions), (1, 1, 1, 0));
    assert_eq!(first.wasm().as_ptr(), second.wasm().as_ptr(), "the same module");
    assert_eq!(number(&engine, &second), 1);
}

#[test]
fn a03_the_name_does_not_decide_what_is_found() {
    let engine = engine();
    let modules: Vec<_> =
        (0..3).map(|n| engine.compile_cached(b"same name", &numbered(n)).unwrap()).collect();
    for (expected, module) in modules.iter().enumerate() {
        assert_eq!(number(&engine, module), expected as u32);
    }
    assert_eq!(engine.cache_stats().hits, 0);
}

#[test]
fn a02_a03_cache_size_bounds_the_bytes_and_evicts() {
    let probe = engine();
    probe.compile_cached(b"", &numbered(0)).unwrap();
    let one = probe.cache_stats().bytes;
    let cache_size = usize::try_from(one * 5 / 2).unwrap();
    let engine = engine_with(EngineConfig { cache_size, ..Default::default() });
    for n in 0..4 {
        engine.compile_cached(b"", &numbered(n)).unwrap();
        assert!(engine.cache_stats().bytes <= cache_size as u64);
    }
    let stats = engine.cache_stats();
    assert_eq!((stats.entries, stats.evictions, stats.misses), (2, 2, 4));
    assert_eq!(number(&engine, &engine.compile_cached(b"", &numbered(3)).unwrap()), 3);
    assert_eq!(number(&engine, &engine.compile_cached(b"", &numbered(0)).unwrap()), 0);
    assert_eq!((engine.cache_stats().hits, engine.cache_stats().misses), (1, 5));
}

#[test]
fn a02_a_cache_of_no_size_keeps_nothing() {
    let engine = engine_with(EngineConfig { cache_size: 0, ..Default::default() });
    for _ in 0..2 {
        engine.compile_cached(b"", &numbered(0)).unwrap();
    }
    assert_eq!((engine.cache_stats().misses, engine.cache_stats().entries), (2, 0));
}

#[test]
fn threads_that_want_the_same_module_compile_it_once() {
    let engine = engine();
    let wasm = numbered(0);
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| engine.compile_cached(b"", &wasm).unwrap());
        }
    });
    assert_eq!((engine.cache_stats().misses, engine.cache_stats().hits), (1, 3));
}

#[test]
fn a_module_that_does_not_compile_can_be_tried_again() {
    let engine = engine();
    for _ in 0..2 {
        let error = engine.compile_cached(b"broken", b"not wasm").unwrap_err();
        assert!(
            error.to_string().starts_with("compiling `broken` failed: not a WebAssembly core module"),
            "{error}"
        );
    }
}

#[test]
fn small_modules_are_bounded_in_number() {
    let engine = engine_with(EngineConfig { cache_modules: 3, ..Default::default() });
    for n in 0..8 {
        engine.compile_cached(b"", &numbered(n)).unwrap();
    }
    let stats = engine.cache_stats();
    assert_eq!((stats.entries, stats.evictions), (3, 5));
    assert_eq!(number(&engine, &engine.compile_cached(b"", &numbered(7)).unwrap()), 7);
    assert_eq!(engine.cache_stats().hits, 1);
    let engine = engine_with(EngineConfig { cache_modules: 0, ..Default::default() });
    engine.compile_cached(b"", &numbered(0)).unwrap();
    assert_eq!(engine.cache_stats().entries, 0);
}
