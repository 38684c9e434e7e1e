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
