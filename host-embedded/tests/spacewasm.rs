//! The spacewasm backend, on real modules.

#[path = "common/cases.rs"]
mod cases;
#[path = "common/guests.rs"]
mod guests;

use aingle_wasm_host_core::Signature;
use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
use aingle_wasm_host_embedded::{
    Backend, EngineInstance, Error, Host, HostFunctions, LoadError, Runtime, Trap,
};
use cases::Subject;

struct Pure;

impl Subject for Pure {
    type Backend = Spacewasm;

    fn new(memory_limit: Option<u32>, engine_fuel: Option<u64>) -> Spacewasm {
        let memory_limit = memory_limit.unwrap_or(aingle_wasm_host_embedded::DEFAULT_MEMORY_LIMIT);
        Spacewasm::new(SpacewasmConfig { memory_limit, engine_fuel, ..Default::default() })
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

const SMALL: u32 = 4096;

fn small(wasm: &[u8]) -> Result<Runtime<'_, Spacewasm>, Error> {
    let mut runtime = Runtime::new(Pure::new(Some(SMALL), None), wasm)?;
    runtime.register_raw("shout", |_, request, response| {
        response.write(&request.to_ascii_uppercase());
        Ok(())
    })?;
    Ok(runtime)
}

fn word(reply: Result<&[u8], Error>) -> i32 {
    i32::from_le_bytes(reply.expect("replies").try_into().expect("is a word"))
}

#[test]
fn lesson_33_memory_of_4_kib() {
    let wasm = guests::all();
    let mut runtime = small(&wasm).expect("loads");
    assert_eq!(runtime.call_raw("echo", b"little room"), Ok(&b"little room"[..]));
    assert_eq!(runtime.call_raw("ask", &[b'a'; 900]), Ok(&[b'A'; 900][..]));
    assert_eq!(runtime.engine_mut().memory().len(), 4096);
    assert_eq!(runtime.engine().memory_end(), Some(SMALL));
    // The guest is told, while its pages still look like pages.
    assert_eq!(word(runtime.call_raw("end", b"")), 4096);
    assert_eq!(word(runtime.call_raw("size", b"")), 1);
    assert_eq!(word(runtime.call_raw("grow", &[0])), 1);
    assert_eq!(word(runtime.call_raw("grow", &[1])), -1);
    assert_eq!(runtime.call_raw("echo", &[0; 2000]), Err(Error::GuestOutOfMemory { needed: 2012 }));
    assert_eq!(word(runtime.call_raw("peek", &4092_u32.to_le_bytes())), 0);
    let beyond = runtime.call_raw("peek", &4093_u32.to_le_bytes());
    assert_eq!(beyond, Err(Error::Trap(Trap::MemoryOutOfBounds)));
}

#[test]
fn lesson_33_data_beyond_the_limit_is_refused() {
    let wasm = guests::guest("", r#"(data (i32.const 4095) "x") (data (i32.const 5000) "more")"#);
    let needed = Some(Error::Load(LoadError::MemoryLimit { limit: 4096, needed: 5004 }));
    assert_eq!(small(&wasm).err(), needed);
    let wasm = guests::guest("", r#"(data (i32.const 65535) "xx")"#);
    assert_eq!(small(&wasm).err(), Some(Error::Load(LoadError::Segment { index: 1 })));
}

#[test]
fn a_shrunk_memory_keeps_errors_where_they_are() {
    // Behind the memory section, whose length changed: the same place as without the limit.
    let wasm = guests::guest("", "(func (drop (i32.extend8_s (i32.const 1))))");
    let whole = Runtime::new(Pure::new(None, None), &wasm).err();
    assert!(matches!(whole, Some(Error::Load(LoadError::Unsupported { .. }))));
    assert_eq!(small(&wasm).err(), whole);
}

#[test]
fn a_section_that_is_cut_off_is_refused_where_it_begins() {
    // A table with nothing in it, and a memory section of which there is half.
    let refused = Runtime::new(Pure::new(None, None), b"\0asm\x01\0\0\0\x04\x01\0\x05\x03\x01").err();
    assert_eq!(refused, Some(Error::Load(LoadError::Invalid { offset: 11 })));
}

#[test]
fn every_size_of_memory_works_or_is_refused() {
    let wasm = guests::all();
    for limit in [0, 1, 63, 64, 112, 127, 128, 3107, 3108, 3200, 16_384, 65_535, 65_536, 65_537, u32::MAX] {
        let loaded = Runtime::new(Pure::new(Some(limit), Some(1_000_000)), &wasm);
        match loaded {
            Ok(mut runtime) => {
                runtime.register_raw("shout", |_, _, _| Ok(())).unwrap();
                assert_eq!(runtime.call_raw("echo", b"fits"), Ok(&b"fits"[..]), "{limit}");
            }
            Err(Error::Load(LoadError::MemoryLimit { limit: told, needed })) => {
                assert!(told == u64::from(limit) && needed > told, "{limit}: {told} {needed}");
            }
            Err(other) => panic!("{limit}: {other:?}"),
        }
    }
}

#[test]
fn fuel_counts_instructions() {
    let wasm = wat::parse_str(
        r#"(module
            (func (export "two") (param i32 i32) (result i64) (i64.const 7))
            (func (export "loop") (param i32 i32) (result i64)
                (loop $again
                    (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (i64.const 0)))"#,
    )
    .unwrap();
    let host = Host::new((), HostFunctions::new());
    let mut engine = Pure::new(None, Some(1_000)).load(&wasm, host).expect("loads");
    engine.start().expect("starts");
    let two = engine.find("two", Signature::Entry).expect("is there");
    engine.refuel();
    assert_eq!(engine.call(&two, 0, 0), Ok(7));
    // The constant and the return.
    assert_eq!(engine.fuel_used(), Some(2));
    let iterations = engine.find("loop", Signature::Entry).expect("is there");
    engine.refuel();
    // Five instructions an iteration, then the constant and the return.
    assert_eq!(engine.call(&iterations, 100, 0), Ok(0));
    assert_eq!(engine.fuel_used(), Some(502));
    engine.refuel();
    assert_eq!(engine.call(&iterations, 200, 0), Err(Trap::OutOfFuel { limit: 1_000, used: 1_000 }));
    // The engine itself can go on; it is the guest that may be in the middle of something.
    engine.refuel();
    assert_eq!(engine.call(&two, 0, 0), Ok(7));
}

#[test]
fn blocks_nested_too_deep_are_refused() {
    let nested = |depth| format!("(func {} {})", "(block ".repeat(depth), ")".repeat(depth));
    let shallow = guests::guest("", &nested(100));
    assert!(small(&shallow).is_ok());
    let deep = guests::guest("", &nested(1000));
    let refused = small(&deep).err();
    assert!(
        matches!(refused, Some(Error::Load(LoadError::Unsupported { feature, .. })) if feature.contains("nested")),
        "{refused:?}"
    );
}

#[test]
fn host_functions_and_others_are_called_through_the_table_by_their_types() {
    let body = r#"
      (type $entry (func (param i32 i32) (result i64)))
      (type $other (func (param i32 i64) (result i64)))
      (table 3 funcref) (elem (i32.const 0) $shout $seven)
      (func $seven (param i32 i64) (result i64) (i64.add (local.get 1) (i64.extend_i32_u (local.get 0))))
      (func (export "shouted") (param $ptr i32) (param $len i32) (result i64)
        (drop (call $finish (local.get $ptr) (local.get $len) (i32.const 4)))
        (call_indirect (type $entry) (local.get $ptr) (local.get $len) (i32.const 0)))
      (func (export "added") (param i32 i32) (result i64) (call $word
        (i32.wrap_i64 (call_indirect (type $other) (i32.const 3) (i64.const 4) (i32.const 1)))))
      (func (export "other") (param i32 i32) (result i64)
        (call_indirect (type $other) (i32.const 0) (i64.const 0) (i32.const 0)))"#;
    let wasm = guests::guest(guests::HOST, body);
    let mut runtime = small(&wasm).expect("loads");
    assert_eq!(runtime.call_raw("shouted", b"low"), Ok(&b"LOW"[..]));
    assert_eq!(word(runtime.call_raw("added", b"")), 7);
    assert_eq!(runtime.call_raw("other", b""), Err(Error::Trap(Trap::IndirectCall)));
}

#[test]
fn a_call_through_the_table_is_one_instruction() {
    let wasm = wat::parse_str(
        r#"(module (type $t (func (result i64))) (table 1 funcref) (elem (i32.const 0) $seven)
            (func $seven (result i64) (i64.const 7))
            (func (export "through") (param i32 i32) (result i64) (call_indirect (type $t) (i32.const 0))))"#,
    )
    .unwrap();
    let mut engine =
        Pure::new(None, Some(100)).load(&wasm, Host::new((), HostFunctions::new())).expect("loads");
    engine.start().expect("starts");
    let through = engine.find("through", Signature::Entry).expect("is there");
    engine.refuel();
    assert_eq!(engine.call(&through, 0, 0), Ok(7));
    // The index, the call, the constant, and two returns.
    assert_eq!(engine.fuel_used(), Some(5));
}
