//! Modules that speak no ABI: numbers in and out, and the limits of a guest.

mod common;

use aingle_wasm_host::Number::{self, F32, F64, I32, I64};
use aingle_wasm_host::prelude::*;
use aingle_wasm_host::{LoadError, NumberType, PlainInstance, Trap};
use common::engine_with;
use std::time::Duration;

fn with(config: EngineConfig, text: &str) -> Result<PlainInstance, HostError> {
    let engine = engine_with(config);
    let module = engine.compile(&wat::parse_str(text).unwrap())?;
    PlainInstance::new(&engine, &module)
}

fn plain(text: &str) -> PlainInstance {
    with(EngineConfig::default(), text).unwrap()
}

fn refusal(config: EngineConfig, text: &str) -> HostErrorKind {
    with(config, text).and_then(|mut instance| instance.call("run", &[])).unwrap_err().into_kind()
}

#[test]
fn numbers_of_every_type_go_in_and_out_and_several_results_come_back() {
    let mut instance = plain(
        r#"(module
            (func (export "turn") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
                (local.get 3) (local.get 2) (local.get 1) (local.get 0))
            (func (export "nothing")))"#,
    );
    let nan = F32(f32::from_bits(0xffc0_0001));
    let turned = instance.call("turn", &[I32(i32::MIN), I64(i64::MAX), nan, F64(-0.0)]).unwrap();
    let bits: Vec<u64> = turned.iter().map(|number| number.bits()).collect();
    assert_eq!(bits, [F64(-0.0), nan, I64(i64::MAX), I32(i32::MIN)].map(Number::bits));
    assert_eq!(instance.call("nothing", &[]).unwrap(), []);
    let signature = instance.module().plain_signature("turn").unwrap();
    assert_eq!(signature.params, [NumberType::I32, NumberType::I64, NumberType::F32, NumberType::F64]);
}

#[test]
fn lesson_19_arguments_of_other_types_are_refused_and_nothing_runs() {
    let mut instance = plain(
        r#"(module (global $runs (mut i32) (i32.const 0))
        (func (export "f") (param i32 f64) (result i32)
            (global.set $runs (i32.add (global.get $runs) (i32.const 1))) (global.get $runs))
        (func (export "vector") (param v128)))"#,
    );
    for args in [&[I32(1)][..], &[F64(1.0), I32(1)], &[I32(1), F64(1.0), I32(1)], &[I64(1), F64(1.0)]] {
        let error = instance.call("f", args).unwrap_err();
        let HostErrorKind::Numbers { expected, found } = error.kind() else { panic!("{error:?}") };
        assert_eq!((&expected[..], found.len()), (&[NumberType::I32, NumberType::F64][..], args.len()));
        assert!(error.instance_usable());
    }
    assert_eq!(instance.call("f", &[I32(1), F64(1.0)]).unwrap(), [I32(1)]);
    let error = instance.call("vector", &[]).unwrap_err();
    assert_eq!(error.kind(), &HostErrorKind::NotNumbers { name: "vector".into() });
    let error = instance.call("other", &[]).unwrap_err();
    assert_eq!(error.kind(), &HostErrorKind::MissingExport { name: "other".into() });
}

#[test]
fn lesson_17_each_limit_stops_a_plain_module_and_its_start() {
    let fuel = EngineConfig { metering_limit: 10_000, ..Default::default() };
    let deadline = || EngineConfig {
        metering_limit: u64::MAX,
        deadline: Some(Duration::from_millis(20)),
        ..Default::default()
    };
    for text in [
        r#"(module (func (export "run") (loop $l (br $l))))"#,
        r#"(module (func $start (loop $l (br $l))) (start $start) (func (export "run")))"#,
        r#"(module (func (export "_initialize") (loop $l (br $l))) (func (export "run")))"#,
    ] {
        let kind = refusal(fuel.clone(), text);
        assert!(matches!(kind, HostErrorKind::OutOfFuel { limit: 10_000, used: 10_000.. }), "{kind:?}");
        let kind = refusal(deadline(), text);
        assert!(matches!(kind, HostErrorKind::DeadlineExceeded { .. }), "{kind:?}");
    }
    let recursion = r#"(module (func $f (export "run") (call $f)))"#;
    assert!(matches!(refusal(EngineConfig::default(), recursion), HostErrorKind::CallDepth { limit: 2048 }));
    let memory = EngineConfig { memory_limit: 65_536, ..Default::default() };
    let kind = refusal(memory.clone(), r#"(module (memory 2) (func (export "run")))"#);
    let limit = LoadError::MemoryLimit { limit: 65_536, needed: 131_072 };
    assert_eq!(kind, HostErrorKind::Load(limit));
    // What is not there from the beginning is refused to the module itself, which sees -1.
    let grow = r#"(module (memory 1) (func (export "run") (result i32) (memory.grow (i32.const 1))))"#;
    assert_eq!(with(memory, grow).unwrap().call("run", &[]).unwrap(), [I32(-1)]);
    let tables = EngineConfig { table_limit: 10, ..Default::default() };
    let kind = refusal(tables.clone(), r#"(module (table 11 funcref) (func (export "run")))"#);
    assert_eq!(kind, HostErrorKind::TableLimit { limit: 10, needed: 11 });
    let grow = r#"(module (table 10 funcref) (func (export "run") (result i32)
        (table.grow (ref.null func) (i32.const 1))))"#;
    assert_eq!(with(tables, grow).unwrap().call("run", &[]).unwrap(), [I32(-1)]);
}

#[test]
fn a_guest_that_gives_up_after_refused_growth_is_out_of_memory() {
    let text = r#"(module (memory 1 8)
        (func $grow (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "give_up") (param i32) (drop (call $grow (local.get 0))) (unreachable))
        (func (export "go_on") (drop (call $grow (i32.const 8))) (drop (call $grow (i32.const 1))) (unreachable))
        (func (export "divide") (param i32) (result i32)
            (drop (call $grow (local.get 0))) (i32.div_u (i32.const 1) (i32.const 0))))"#;
    let limited = || with(EngineConfig { memory_limit: 262_144, ..Default::default() }, text).unwrap();
    let kind = |instance: &mut PlainInstance, name: &str, args: &[Number]| {
        instance.call(name, args).unwrap_err().into_kind()
    };
    let refused = HostErrorKind::OutOfMemory { limit: 262_144, asked: 327_680 };
    assert_eq!(kind(&mut limited(), "give_up", &[I32(4)]), refused);
    // The limit of the module itself.
    let refused = HostErrorKind::OutOfMemory { limit: 8 * 65_536, asked: 9 * 65_536 };
    assert_eq!(kind(&mut plain(text), "give_up", &[I32(8)]), refused);
    let unreachable = HostErrorKind::Trap(Trap::Unreachable);
    assert_eq!(kind(&mut limited(), "give_up", &[I32(3)]), unreachable);
    assert_eq!(kind(&mut limited(), "go_on", &[]), unreachable, "a later growth was not refused");
    let divided = kind(&mut limited(), "divide", &[I32(4)]);
    assert!(matches!(divided, HostErrorKind::Trap(trap) if trap != Trap::Unreachable), "{divided:?}");
    // What was refused to an earlier call, or to another instance, does not count.
    let (mut one, mut other) = (limited(), limited());
    assert_eq!(one.call("grow", &[I32(4)]).unwrap(), [I32(-1)]);
    assert_eq!(kind(&mut other, "give_up", &[I32(0)]), unreachable);
    assert_eq!(kind(&mut one, "give_up", &[I32(0)]), unreachable);
    let start = r#"(module (memory 1 1) (func $start (drop (memory.grow (i32.const 1))) (unreachable))
        (start $start) (func (export "run")))"#;
    let refused = HostErrorKind::OutOfMemory { limit: 65_536, asked: 131_072 };
    assert_eq!(refusal(EngineConfig::default(), start), refused);
}

#[test]
fn a_call_that_is_cancelled_or_traps_poisons_the_instance() {
    let text =
        r#"(module (func (export "run") (unreachable)) (func (export "fine") (result i32) (i32.const 7)))"#;
    let mut instance = plain(text);
    assert_eq!(instance.call("fine", &[]).unwrap(), [I32(7)]);
    let error = instance.call("run", &[]).unwrap_err();
    assert_eq!(error.kind(), &HostErrorKind::Trap(Trap::Unreachable));
    assert!(!error.instance_usable());
    assert_eq!(instance.call("fine", &[]).unwrap_err().kind(), &HostErrorKind::Poisoned);
    let mut instance = plain(text);
    instance.cancel_handle().cancel();
    assert_eq!(instance.call("fine", &[]).unwrap_err().kind(), &HostErrorKind::Cancelled);
}

#[test]
fn memory_is_told_also_if_it_is_not_exported() {
    let mut instance =
        plain(r#"(module (memory 2) (func (export "run") (drop (memory.grow (i32.const 1)))))"#);
    assert_eq!(instance.memory_size(), 0);
    instance.call("run", &[]).unwrap();
    assert_eq!(instance.memory_size(), 3 * 65_536);
    assert!(instance.fuel_used().is_some_and(|used| used > 0));
}

#[test]
fn a_module_that_imports_is_refused_with_its_imports() {
    let kind = refusal(
        EngineConfig::default(),
        r#"(module (import "js" "now" (func)) (import "env" "m" (memory 1)))"#,
    );
    let HostErrorKind::PlainImports { imports, more: 0 } = kind else { panic!("{kind:?}") };
    assert_eq!(imports, ["js.now", "env.m"]);
}
