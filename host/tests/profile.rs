//! Where the fuel goes, by function.

mod common;

use aingle_wasm_host::prelude::*;
use aingle_wasm_host::{Number, PlainInstance, Profile};
use common::{engine_with, guest};

fn config() -> EngineConfig {
    EngineConfig { profile: true, ..Default::default() }
}

fn plain(config: EngineConfig, text: &str) -> PlainInstance {
    let engine = engine_with(config);
    PlainInstance::new(&engine, &engine.compile(&wat::parse_str(text).unwrap()).unwrap()).unwrap()
}

/// All fuel of a profile.
fn total(profile: &Profile) -> u64 {
    profile.nodes.iter().map(|node| node.fuel).sum::<u64>() + profile.host_fuel
}

const TEXT: &str = r#"(module
    (func $work (param i32) (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (func $middle (call $work (i32.const 100)) (call $work (i32.const 10)))
    (func (export "run") (call $middle) (call $work (i32.const 1000)))
    (func (export "trap") (call $work (i32.const 50)) (unreachable))
    (func $dive (export "dive") (call $dive)))"#;

#[test]
fn fuel_is_told_by_function_and_caller_and_adds_up() {
    let mut profiled = plain(config(), TEXT);
    let mut usual = plain(EngineConfig::default(), TEXT);
    profiled.call("run", &[]).unwrap();
    usual.call("run", &[]).unwrap();
    assert_eq!(profiled.fuel_used(), usual.fuel_used(), "a profile costs no fuel");
    let profile = profiled.profile().unwrap();
    let nodes: Vec<_> = profile.nodes.iter().map(|node| (node.function, node.caller, node.calls)).collect();
    assert_eq!(nodes, [(2, None, 1), (1, Some(0), 1), (0, Some(1), 2), (0, Some(0), 1)]);
    let fuel = |at: usize| profile.nodes[at].fuel;
    assert!(fuel(3) > 8 * fuel(2) && fuel(2) > 10 * fuel(1), "{profile:?}");
    assert_eq!(Some(total(profile)), usual.fuel_used());
    assert!(usual.profile().is_none() && !profile.is_cut);
}

#[test]
fn calls_that_are_stopped_are_told_too() {
    for name in ["trap", "dive"] {
        let mut instance = plain(config(), TEXT);
        instance.call(name, &[]).unwrap_err();
        let used = instance.fuel_used().unwrap();
        assert!(used > 0);
        assert_eq!(total(instance.profile().unwrap()), used, "{name}");
    }
    let mut instance = plain(EngineConfig { metering_limit: 500, ..config() }, TEXT);
    let error = instance.call("run", &[]).unwrap_err();
    assert!(matches!(error.kind(), HostErrorKind::OutOfFuel { limit: 500, .. }), "{error}");
    assert_eq!(Some(total(instance.profile().unwrap())), instance.fuel_used());
}

#[test]
fn guests_and_their_starts_are_profiled_also_from_the_cache() {
    let wasm = guest("(func $begin (nop)) (start $begin)");
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let engine = engine_with(EngineConfig { cache_dir: Some(dir.path().into()), ..config() });
        let module = engine.compile_cached(b"guest", &wasm).unwrap();
        let mut instance = WasmInstance::new(&engine, &module).unwrap();
        assert_eq!(instance.call_raw("echo", b"abc").unwrap(), b"abc");
        let profile = instance.profile().unwrap();
        assert!(profile.nodes.len() > 2 && profile.nodes[0].caller.is_none(), "{profile:?}");
    }
    // The same cache, without profiles.
    let engine = engine_with(EngineConfig { cache_dir: Some(dir.path().into()), ..Default::default() });
    let module = engine.compile_cached(b"guest", &wasm).unwrap();
    let mut instance = WasmInstance::new(&engine, &module).unwrap();
    assert_eq!(instance.call_raw("echo", b"abc").unwrap(), b"abc");
    assert!(instance.profile().is_none());
}

#[test]
fn results_stay_the_same_and_metering_is_needed() {
    let text = r#"(module (func (export "two") (param i32) (result i32 i64)
        (br_if 0 (i32.const 1) (i64.const 2) (local.get 0)) (drop) (drop) (i32.const 3) (i64.const 4)))"#;
    let mut instance = plain(config(), text);
    assert_eq!(instance.call("two", &[Number::I32(1)]).unwrap(), [Number::I32(1), Number::I64(2)]);
    assert_eq!(instance.call("two", &[Number::I32(0)]).unwrap(), [Number::I32(3), Number::I64(4)]);
    assert_eq!(instance.profile().unwrap().nodes[0].calls, 2);
    let error = WasmEngine::new(EngineConfig { metering_limit: u64::MAX, ..config() }).unwrap_err();
    assert!(matches!(error.kind(), HostErrorKind::Config { field: "profile", .. }));
}
