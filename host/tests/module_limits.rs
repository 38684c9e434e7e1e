//! What a module may have before any compiler sees it: each limit is a field, and its refusal names it.

mod common;

use aingle_wasm_generator::shapes::{OF_CODE, OF_SECTIONS};
use aingle_wasm_host::ModuleLimits;
use aingle_wasm_host::prelude::*;
use common::*;

/// A module with something of everything that is limited.
fn of_everything() -> Vec<u8> {
    wat::parse_str(
        r#"(module
            (type $many (func (param i32 i32 f64) (result i32 i64)))
            (import "env" "answer" (func $answer (param i32 i32) (result i64)))
            (memory (export "memory") 1) (table $t 2 funcref) (global (mut i32) (i32.const 0))
            (elem (i32.const 0) $f $f) (data (i32.const 0) "data")
            (@custom "some" "thing")
            (func $f (type $many) (local i64 i64)
                (local.set 3 (call $answer (local.get 0) (local.get 1)))
                (loop) (block (block (br_table 0 1 0 (local.get 0))))
                (i32.add (local.get 0) (local.get 1)) (local.get 3)))"#,
    )
    .unwrap()
}

fn compile(module_limits: ModuleLimits, wasm: &[u8]) -> Result<(), HostErrorKind> {
    let engine = engine_with(EngineConfig { module_limits, ..Default::default() });
    engine.compile(wasm).map(drop).map_err(HostError::into_kind)
}

/// For each field: the limit that the module just keeps, and one below it.
#[test]
fn compiling_is_bounded_by_each_limit() {
    let wasm = of_everything();
    let needed = ModuleLimits::needed_by(&wasm).unwrap();
    compile(needed, &wasm).unwrap();
    macro_rules! each {
        ($($field:ident)*) => {$(
            assert!(needed.$field > 0, concat!(stringify!($field), ": the module has none"));
            let tight = ModuleLimits { $field: needed.$field - 1, ..needed };
            let refused = compile(tight, &wasm).unwrap_err();
            let HostErrorKind::ModuleLimit { field, limit, found, .. } = refused else { panic!("{refused:?}") };
            assert_eq!((field, limit), (stringify!($field), needed.$field - 1));
            assert!(limit < found && found <= needed.$field, "{field}: {found}");
            // Without exception: a struct with another field does not compile here.
            let ModuleLimits { $field: _, .. } = needed;
        )*
            let ModuleLimits { $($field: _),* } = needed;
        };
    }
    each!(module_bytes types params results signature_values imports functions tables memories globals exports
        element_segments elements data_segments custom_sections function_bytes locals nesting loop_nesting operands
        table_targets function_table_targets call_values live_values function_work module_work);
}

#[test]
fn a_refusal_names_field_figures_and_place() {
    let limits = ModuleLimits { nesting: 1, ..Default::default() };
    let refused = compile(limits, &of_everything()).unwrap_err();
    let HostErrorKind::ModuleLimit { field: "nesting", limit: 1, found: 2, function: Some(1), offset } =
        refused
    else {
        panic!("{refused:?}")
    };
    let text = format!("module beyond the limit `nesting` at byte {offset} in function 1: limit 1, found 2");
    assert_eq!(refused.to_string(), text);
}

/// The default limits, each passed by one. Nothing here is compiled.
#[test]
fn a_shape_beyond_a_default_is_refused_before_it_is_compiled() {
    let limits = ModuleLimits::default();
    let of = |name: &str, size: u64| {
        let shape = OF_SECTIONS.iter().chain(OF_CODE).find(|shape| shape.0 == name);
        shape.unwrap().1(u32::try_from(size).unwrap())
    };
    let shapes = [
        ("types", of("types", limits.types + 1)),
        ("params", of("params", limits.params + 1)),
        ("results", of("results", limits.results + 1)),
        ("imports", of("imports", limits.imports + 1)),
        ("functions", of("functions", limits.functions + 1)),
        ("tables", of("tables", limits.tables + 1)),
        ("globals", of("globals", limits.globals + 1)),
        ("exports", of("exports", limits.exports + 1)),
        ("element_segments", of("element_segments", limits.element_segments + 1)),
        ("elements", of("elements", limits.elements + 1)),
        ("custom_sections", of("custom_sections", limits.custom_sections + 1)),
        ("locals", of("locals", limits.locals + 1)),
        ("operands", of("operands", limits.operands + 1)),
        ("nesting", of("nested blocks", limits.nesting + 1)),
        ("loop_nesting", of("nested loops", limits.loop_nesting + 1)),
        ("table_targets", of("one branch table", limits.table_targets + 1)),
        ("call_values", of("calls of 100 arguments", limits.call_values / 101 + 1)),
        ("live_values", of("joins of 1000 locals", limits.live_values / 3000 + 1)),
    ];
    for (name, wasm) in shapes {
        let refused = compile(limits, &wasm).unwrap_err();
        let HostErrorKind::ModuleLimit { field, limit, found, .. } = refused else { panic!("{refused:?}") };
        assert!(field == name && found > limit, "{name}: {refused}");
        assert!(!engine().compile(&wasm).unwrap_err().retryable());
    }
}

#[test]
fn what_is_no_module_is_told_apart_from_what_is_too_much() {
    let kind = |wasm: &[u8]| compile(ModuleLimits::default(), wasm).unwrap_err();
    let threads = wat::parse_str("(module (memory 1 1 shared))").unwrap();
    assert!(matches!(kind(&threads), HostErrorKind::Unsupported { .. }));
    let invalid = wat::parse_str("(module (func (result i32)))").unwrap();
    assert!(matches!(kind(&invalid), HostErrorKind::Invalid { .. }));
    let cut = &of_everything()[..60];
    assert!(matches!(kind(cut), HostErrorKind::Invalid { .. }));
}
