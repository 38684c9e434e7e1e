//! Host functions of modules that speak no ABI.

mod common;

use aingle_wasm_host::NumberType::{F64, I32, I64};
use aingle_wasm_host::prelude::*;
use aingle_wasm_host::{Number, PlainCall, PlainFunctions, PlainInstance};
use common::{engine, engine_with};
use std::sync::Arc;

/// Functions of numbers that note what they are called with, read memory, grow it, fail or panic.
fn functions() -> PlainFunctions<Vec<String>> {
    let mut functions = PlainFunctions::new();
    functions.register(
        "env",
        "note",
        &[I32, I64, F64],
        &[],
        |call: &mut PlainCall<'_, Vec<String>>, args| {
            call.state().push(format!("{args:?}"));
            Ok(vec![])
        },
    );
    functions.register("env", "read", &[I32], &[I32], |call, args| {
        let [Number::I32(at)] = *args else { return Err("other arguments".into()) };
        let byte = call.memory().get(at as usize).copied();
        byte.map(|byte| vec![Number::I32(byte.into())]).ok_or_else(|| format!("{at} is outside the memory"))
    });
    functions.register("env", "grow", &[I32], &[I32], |call, args| {
        let [Number::I32(pages)] = *args else { return Err("other arguments".into()) };
        let before = call.grow(pages as u32).map_or(-1, |before| before as i32);
        Ok(vec![Number::I32(before)])
    });
    functions.register("env", "panic", &[], &[], |_, _| panic!("on purpose"));
    functions.register("env", "wrong", &[], &[I32], |_, _| Ok(vec![Number::I64(1)]));
    functions
}

const IMPORTING: &str = r#"(module
    (import "env" "note" (func $note (param i32 i64 f64)))
    (import "env" "read" (func $read (param i32) (result i32)))
    (import "env" "grow" (func $grow (param i32) (result i32)))
    (import "env" "panic" (func $panic))
    (import "env" "wrong" (func $wrong (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 100) "\2a")
    (func (export "note") (call $note (i32.const -1) (i64.const 2) (f64.const 0.5)))
    (func (export "read") (param i32) (result i32) (call $read (local.get 0)))
    (func (export "grow") (param i32) (result i32)
        (drop (call $grow (local.get 0))) (i32.store8 (i32.const 65536) (i32.const 7)) (memory.size))
    (func (export "grow_too_much") (result i32) (call $grow (i32.const 1000)))
    (func (export "panic") (call $panic))
    (func (export "wrong") (result i32) (call $wrong)))"#;

fn importing(engine: &WasmEngine, text: &str) -> Result<PlainInstance<Vec<String>>, HostError> {
    let module = engine.compile(&wat::parse_str(text).unwrap()).unwrap();
    PlainInstance::with_functions(engine, &module, Arc::new(functions()), Vec::new())
}

#[test]
fn functions_of_numbers_can_be_imported() {
    let engine = engine_with(EngineConfig { memory_limit: 4 << 16, ..Default::default() });
    let mut instance = importing(&engine, IMPORTING).unwrap();
    instance.call("note", &[]).unwrap();
    assert_eq!(*instance.state_mut(), ["[I32(-1), I64(2), F64(0.5)]"]);
    assert_eq!(instance.call("read", &[Number::I32(100)]).unwrap(), [Number::I32(42)]);
    assert_eq!(instance.call("grow", &[Number::I32(2)]).unwrap(), [Number::I32(3)]);
    assert_eq!(
        instance.call("read", &[Number::I32(65_536)]).unwrap(),
        [Number::I32(7)],
        "what it grew is there"
    );
    assert_eq!(instance.call("grow_too_much", &[]).unwrap(), [Number::I32(-1)]);
}

#[test]
fn a_function_of_numbers_that_fails_stops_the_module_and_says_why() {
    let engine = engine();
    let failed = |name: &str, args: &[Number]| {
        importing(&engine, IMPORTING).unwrap().call(name, args).unwrap_err().into_kind()
    };
    let of = |message: &str| HostErrorKind::HostFunction { message: message.into() };
    assert_eq!(failed("read", &[Number::I32(65_536)]), of("`env.read`: 65536 is outside the memory"));
    assert_eq!(failed("wrong", &[]), of("`env.wrong` returned other types than it was registered with"));
    assert_eq!(failed("panic", &[]), HostErrorKind::HostPanic { message: "on purpose".into() });
}

#[test]
fn an_import_of_other_types_or_names_is_refused_by_name() {
    let engine = engine();
    let text = r#"(module
        (import "env" "read" (func (param i32) (result i32)))
        (import "env" "read" (func (param i64) (result i32)))
        (import "env" "note" (global i32))
        (import "host" "read" (func (param i32) (result i32))))"#;
    let refused = importing(&engine, text).unwrap_err().into_kind();
    let imports = vec!["env.read".into(), "env.note".into(), "host.read".into()];
    assert_eq!(refused, HostErrorKind::PlainImports { imports, more: 0 });
}
