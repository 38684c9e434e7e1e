//! The wasmi backend, on real modules.

#[path = "common/cases.rs"]
mod cases;
#[path = "common/guests.rs"]
mod guests;

use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};
use aingle_wasm_host_embedded::{Error, LoadError, Runtime};
use cases::Subject;

struct Pure;

impl Subject for Pure {
    type Backend = Wasmi;

    fn new(memory_limit: Option<u32>, engine_fuel: Option<u64>) -> Wasmi {
        let memory_limit = memory_limit.unwrap_or(aingle_wasm_host_embedded::DEFAULT_MEMORY_LIMIT);
        Wasmi::new(WasmiConfig { memory_limit, engine_fuel, ..Default::default() })
    }
}

cases! { Pure:
    a07_echo_of_any_size
    a06_host_functions_both_ways
    lesson_14_a_host_error_is_a_value
    an_import_that_is_exported_again
    a_start_function_may_call_the_host
    traps_by_kind_and_lesson_13_poisoned
    a14_panic_message
    a04_lesson_05_a_loop_stops
    a_start_function_has_a_limit
    fuel_is_exact_and_reset_for_each_call
    growth_stops_at_the_limit
    lesson_17_tables_have_a_limit
    segments_outside_are_refused
    later_features_are_refused_by_name
    a_refusal_names_the_feature_that_is_at_its_place
    invalid_modules_are_refused_with_the_place
    imports_are_host_functions_or_refused
    custom_sections_do_not_matter
    two_runtimes_at_once
    state_may_be_borrowed
    lesson_30_mutated_modules_do_no_harm
}

#[test]
fn memory_below_a_page_is_refused() {
    let wasm = guests::all();
    let refused = Runtime::new(Pure::new(Some(4096), None), &wasm).err();
    assert_eq!(refused, Some(Error::Load(LoadError::MemoryLimit { limit: 4096, needed: 65_536 })));
}

#[test]
fn more_than_the_portable_features_on_demand() {
    let bulk = r#"(func (export "fill") (param i32 i32) (result i64)
        (memory.fill (i32.const 2000) (i32.const 7) (i32.const 4))
        (call $word (i32.load (i32.const 2000))))"#;
    let wasm = guests::guest("", bulk);
    let backend = Wasmi::new(WasmiConfig { portable_only: false, ..Default::default() });
    let mut runtime = Runtime::new(backend, &wasm).expect("loads");
    assert_eq!(runtime.call_raw("fill", b""), Ok(&[7; 4][..]));
    assert!(Runtime::new(Pure::new(None, None), &wasm).is_err());
}

#[test]
fn calls_nest_as_deep_as_configured() {
    let nested = r#"(func $down (param i32) (if (local.get 0)
            (then (call $down (i32.sub (local.get 0) (i32.const 1))))))
        (func (export "deep") (param i32 i32) (result i64)
            (call $down (i32.const 50)) (call $word (i32.const 1)))"#;
    let wasm = guests::guest("", nested);
    for (recursion_limit, enough) in [(40, false), (100, true)] {
        let backend = Wasmi::new(WasmiConfig { recursion_limit, ..Default::default() });
        let mut runtime = Runtime::new(backend, &wasm).expect("loads");
        assert_eq!(runtime.call_raw("deep", b"").is_ok(), enough, "{recursion_limit}");
    }
}

#[test]
fn an_instance_may_move_to_another_thread() {
    let wasm = guests::guest("", guests::ECHO);
    let mut runtime = Runtime::new(Pure::new(None, None), &wasm).expect("loads");
    std::thread::scope(|scope| {
        scope.spawn(move || assert_eq!(runtime.call_raw("echo", b"there"), Ok(&b"there"[..])));
    });
}

/// A guest whose `f` returns 7 if the condition holds for the length of the request, otherwise 9. `(local.get 1)` is
/// the length, `(local.get 2)` is 0.
fn selecting(condition: &str, select: &str) -> Vec<u8> {
    guests::guest(
        "",
        &format!(
            r#"(global $zero i32 (i32.const 0)) (global $length (mut i32) (i32.const 0))
            (func (export "f") (param i32 i32) (result i64) (local i32)
                (local.set 1 (i32.sub (local.get 1) (i32.const 12)))
                (global.set $length (local.get 1))
                (call $word ({select} (i32.const 7) (i32.const 9) {condition})))"#
        ),
    )
}

/// Found by `cargo xtask differ`.
#[test]
fn a_select_that_wasmi_computes_wrongly_is_refused() {
    let feature = "right `select` by a comparison with zero (wasmi 2.0.0)";
    for condition in [
        "(i32.eqz (local.get 1))",
        "(i32.eq (local.get 1) (i32.const 0))",
        "(i32.eq (i32.const 0) (local.get 1))",
        "(i32.ne (local.get 1) (i32.const 0))",
        "(i32.eq (local.get 1) (global.get $zero))",
        "(i32.eq (local.get 1) (i32.sub (i32.const 1) (i32.const 1)))",
        "(i32.eqz (i32.eqz (local.get 1)))",
        "(i32.eqz (nop) (local.get 1) (nop))",
        "(i64.eqz (i64.extend_i32_u (i32.eqz (local.get 1))))",
        "(i64.eqz (i64.extend_i32_u (i32.xor (local.get 1) (i32.const 0))))",
        "(loop (result i32) (i32.eqz (local.get 1)))",
        "(select (i32.eqz (local.get 1)) (local.get 2) (i32.const 1))",
    ] {
        let wasm = selecting(condition, "select");
        match Runtime::new(Pure::new(None, None), &wasm).err() {
            Some(Error::Load(LoadError::Unsupported { feature: found, offset })) => {
                assert_eq!(found, feature, "{condition}");
                assert_eq!(wasm[offset as usize..][..2], [0x1b, 0x10], "{condition}: `select`, then `call`");
            }
            other => panic!("{condition}: {other:?}"),
        }
    }
    let backend = Wasmi::new(WasmiConfig { portable_only: false, ..Default::default() });
    let wasm = selecting("(i32.eqz (local.get 1))", "select (result i32)");
    let refused = Runtime::new(backend, &wasm).err();
    assert!(
        matches!(refused, Some(Error::Load(LoadError::Unsupported { feature: found, .. })) if found == feature)
    );
}

#[test]
fn selects_by_other_conditions_run() {
    for (condition, when_empty) in [
        ("(local.get 1)", 9),
        ("(i32.eq (local.get 1) (i32.const 1))", 9),
        ("(i32.ne (local.get 1) (i32.const 1))", 7),
        ("(i32.eq (local.get 1) (local.get 2))", 7),
        ("(i32.eq (global.get $length) (local.tee 2 (i32.const 1)))", 9),
        ("(i32.lt_u (local.get 1) (i32.const 1))", 7),
        ("(i64.eqz (i64.extend_i32_u (local.get 1)))", 7),
        ("(i32.and (local.get 1) (i32.const 1))", 9),
        ("(local.tee 2 (i32.eqz (local.get 1)))", 7),
        ("(block (result i32) (br 0 (i32.const 0) (local.get 1)))", 9),
        ("(if (result i32) (i32.eqz (local.get 1)) (then (i32.const 1)) (else (i32.const 0)))", 7),
        ("(block (result i32) (drop (br_if 0 (i32.const 1) (i32.eqz (local.get 1)))) (i32.const 0))", 7),
        ("(block (br 0) (i32.eqz) (drop (select))) (local.get 1)", 9),
    ] {
        let wasm = selecting(condition, "select");
        let mut runtime = Runtime::new(Pure::new(None, None), &wasm).expect(condition);
        for (request, expected) in [(&b""[..], when_empty), (b"1", 16 - when_empty)] {
            assert_eq!(runtime.call_raw("f", request), Ok(&[expected, 0, 0, 0][..]), "{condition}");
        }
    }
}
