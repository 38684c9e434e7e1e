//! A module that tells of its calls computes what it did, for the same fuel.

use aingle_wasm_metering::{Meter, MeterError, record_calls};
use wasmi::{Caller, Engine, Linker, Module, Store, Val};

const TEXT: &str = r#"(module
    (import "env" "other" (func $other (param i32) (result i32)))
    (table funcref (elem $leaf))
    (func $leaf (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
        (local.get 0))
    (func $pair (param i32) (result i32 i64)
        (br_if 0 (i32.const 5) (i64.const 6) (local.get 0))
        (drop) (drop)
        (i32.const 7) (i64.const 8))
    (func (export "run") (param i32) (result i32)
        (call $pair (local.get 0)) (drop)
        (i32.add (call $leaf (local.get 0)))
        (i32.add (call_indirect (param i32) (result i32) (i32.const 0) (i32.const 0)))
        (i32.add (call $other (i32.const 3))))
    (func (export "trap") (unreachable)))"#;

/// Runs `run`, and returns the result, the fuel that is left of 10,000, and what was told.
fn run(wasm: &[u8], argument: i32) -> (i32, i64, Vec<i32>) {
    let engine = Engine::default();
    let module = Module::new(&engine, wasm).unwrap();
    let mut store = Store::new(&engine, Vec::new());
    let mut linker = Linker::<Vec<i32>>::new(&engine);
    linker.func_wrap("env", "other", |value: i32| value * 100).unwrap();
    linker
        .func_wrap("__aingle_profile", "enter", |mut caller: Caller<'_, Vec<i32>>, function: i32| {
            caller.data_mut().push(function);
        })
        .unwrap();
    linker
        .func_wrap("__aingle_profile", "leave", |mut caller: Caller<'_, Vec<i32>>| caller.data_mut().push(-1))
        .unwrap();
    let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
    let fuel = instance.get_global(&store, "__aingle_fuel").unwrap();
    fuel.set(&mut store, Val::I64(10_000)).unwrap();
    instance.get_global(&store, "__aingle_depth").unwrap().set(&mut store, Val::I32(100)).unwrap();
    let result =
        instance.get_typed_func::<i32, i32>(&store, "run").unwrap().call(&mut store, argument).unwrap();
    (result, fuel.get(&store).i64().unwrap(), store.into_data())
}

#[test]
fn calls_are_told_in_order_and_nothing_else_changes() {
    let limited = Meter::default().instrument(&wat::parse_str(TEXT).unwrap()).unwrap();
    let recorded = record_calls(&limited, 5).unwrap();
    // `run` has the index 3: the import and two functions come before it. -1 is a return.
    let told = [3, 2, -1, 1, -1, 1, -1, -1];
    for argument in [0, 9] {
        let (result, left, nothing) = run(&limited, argument);
        assert_eq!(run(&recorded, argument), (result, left, told.to_vec()));
        assert!(nothing.is_empty());
    }
}

#[test]
fn only_the_first_functions_tell() {
    let limited = Meter::default().instrument(&wat::parse_str(TEXT).unwrap()).unwrap();
    let recorded = record_calls(&limited, 3).unwrap();
    assert_eq!(run(&recorded, 9).2, [2, -1, 1, -1, 1, -1]);
}

#[test]
fn modules_without_imports_or_without_functions_are_recorded_too() {
    let plain =
        wat::parse_str(r#"(module (func (export "run") (param i32) (result i32) (local.get 0)))"#).unwrap();
    let recorded = record_calls(&Meter::default().instrument(&plain).unwrap(), 1).unwrap();
    assert_eq!(run(&recorded, 4).2, [0, -1]);
    assert!(record_calls(&wat::parse_str("(module)").unwrap(), 0).is_ok());
    assert!(matches!(record_calls(&recorded, 1), Err(MeterError::ReservedName { .. })));
}
