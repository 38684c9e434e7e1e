//! A function of numbers becomes an entry point, and costs what it did.

use aingle_wasm_metering::{Meter, MeterError, bind};
use aingle_wasm_types::Number::{self, F32, F64, I32, I64};
use aingle_wasm_types::names::BOUND;
use wasmi::{Engine, Linker, Module, Store, Val};

const TEXT: &str = r#"(module
    (func (export "i32") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
    (func (export "i64") (param i64) (result i64) (local.get 0))
    (func (export "f32") (param f32) (result f32) (f32.neg (local.get 0)))
    (func (export "f64") (param f64) (result f64) (f64.neg (local.get 0)))
    (func (export "none"))
    (func (export "two") (result i32 i32) (i32.const 1) (i32.const 2)))"#;

/// Calls the bound entry point; returns the result's bits and the fuel that is left of 1,000.
fn call(name: &str, args: &[Number]) -> (u64, i64) {
    let metered = Meter::default().instrument(&wat::parse_str(TEXT).unwrap()).unwrap();
    let wasm = bind(&metered, name, args).unwrap();
    let engine = Engine::default();
    let module = Module::new(&engine, &wasm).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::<()>::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
    let fuel = instance.get_global(&store, "__aingle_fuel").unwrap();
    fuel.set(&mut store, Val::I64(1_000)).unwrap();
    instance.get_global(&store, "__aingle_depth").unwrap().set(&mut store, Val::I32(100)).unwrap();
    let bound = instance.get_typed_func::<(i32, i32), i64>(&store, BOUND).unwrap();
    let result = bound.call(&mut store, (0, 0)).unwrap();
    (result as u64, fuel.get(&store).i64().unwrap())
}

#[test]
fn arguments_and_results_of_every_type_pass() {
    assert_eq!(call("i32", &[I32(3), I32(5)]).0, I32(-2).bits());
    assert_eq!(call("i64", &[I64(i64::MIN)]).0, I64(i64::MIN).bits());
    assert_eq!(call("f32", &[F32(f32::from_bits(0x7fc0_0123))]).0, 0xffc0_0123);
    assert_eq!(call("f64", &[F64(0.0)]).0, F64(-0.0).bits());
    assert_eq!(call("none", &[]).0, 0);
}

#[test]
fn what_is_added_costs_no_fuel() {
    let empty = 1_000 - call("none", &[]).1;
    let subtract = 1_000 - call("i32", &[I32(3), I32(5)]).1;
    // The same functions, called by a host that passes numbers itself (`tests/conformance` compares the engines).
    assert!(empty > 0 && subtract > empty, "{empty}, {subtract}");
    assert!(subtract < 10, "{subtract}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let wasm = wat::parse_str(TEXT).unwrap();
    for (name, args) in
        [("i32", &[I32(1)][..]), ("i64", &[I32(1)]), ("two", &[]), ("missing", &[]), ("memory", &[])]
    {
        assert_eq!(bind(&wasm, name, args), Err(MeterError::Unbound { name: name.into() }), "{name}");
    }
    let bound = bind(&wasm, "none", &[]).unwrap();
    assert_eq!(bind(&bound, "none", &[]), Err(MeterError::ReservedName { name: BOUND.into() }));
    assert!(matches!(bind(b"\0asm\x01\0\0\0\x01", "f", &[]), Err(MeterError::Invalid { .. })));
}
