//! Calls in both directions.

use crate::guest::{GUEST, IMPORTS, RELAY, assemble, guest, relay, wasm3};
use aingle_wasm_host_core::Signature;
use aingle_wasm_host_embedded::{Backend, EngineInstance, Error, Host, HostFunctions, Runtime};

#[test]
fn a07_bytes_come_back_from_nothing_to_a_megabyte() {
    let wasm = guest("");
    let mut runtime = Runtime::new(wasm3(), &wasm).unwrap();
    for len in [0, 1, 11, 988, 989, 65_536, 1 << 20] {
        let bytes: Vec<u8> = (0..len).map(|at| (at * 31 % 251) as u8).collect();
        assert_eq!(runtime.call_raw("echo", &bytes).unwrap(), bytes, "{len} bytes");
    }
}

#[test]
fn a06_a_host_function_gets_bytes_and_answers_within_the_response_buffer_and_beyond() {
    let wasm = relay("");
    let mut runtime = Runtime::with_state(wasm3(), &wasm, 0_u32).unwrap();
    let work = |calls: &mut u32, request: &[u8], response: &mut aingle_wasm_host_embedded::Response<'_>| {
        *calls += 1;
        for _ in 0..request[0] {
            response.write(request);
        }
        Ok(())
    };
    runtime.register_raw("work", work).unwrap();
    // 200 bytes fit the response buffer of 256, 100 times 200 are fetched.
    for times in [1, 100, 1] {
        let request = [times; 200];
        let expected = vec![times; 200 * usize::from(times)];
        assert_eq!(runtime.call_raw("relay", &request).unwrap(), expected);
    }
    assert_eq!(*runtime.state(), 3);
}

#[test]
fn the_start_function_runs_once_after_linking_and_calls_the_host() {
    let start = r#"
      (func $start (drop (call $finish (i32.const 1028) (i32.const 16) (i32.const 0)))
        (drop (call $host (i32.const 1028) (i32.const 16))))
      (start $start)"#;
    let wasm = relay(start);
    let mut runtime = Runtime::with_state(wasm3(), &wasm, Vec::new()).unwrap();
    let note = |seen: &mut Vec<usize>, request: &[u8], _: &mut aingle_wasm_host_embedded::Response<'_>| {
        seen.push(request.len());
        Ok(())
    };
    runtime.register_raw("work", note).unwrap();
    assert!(runtime.state().is_empty(), "nothing runs before the functions are registered");
    runtime.start().unwrap();
    runtime.call_raw("echo", b"x").unwrap();
    assert_eq!(*runtime.state(), [4]);
}

#[test]
fn two_imports_of_one_name_are_linked_in_calls_and_in_tables() {
    let second = r#"(import "env" "work" (func $again (param i32 i32) (result i64)))"#;
    let through_table = r#"
      (type $entry (func (param i32 i32) (result i64)))
      (table 1 funcref) (elem (i32.const 0) $again)
      (func (export "indirect") (param $ptr i32) (param $len i32) (result i64)
        (drop (call $finish (local.get $ptr) (local.get $len) (i32.const 4)))
        (call_indirect (type $entry) (local.get $ptr) (local.get $len) (i32.const 0)))
      (export "direct" (func $again))"#;
    let wasm = assemble(&format!("{IMPORTS}{second}{GUEST}{RELAY}{through_table}"));
    let mut runtime = Runtime::with_state(wasm3(), &wasm, ()).unwrap();
    runtime
        .register_raw("work", |_, request, response| {
            response.write(request);
            Ok(())
        })
        .unwrap();
    assert_eq!(runtime.call_raw("indirect", b"abc").unwrap(), b"abc");
    assert_eq!(runtime.call_raw("direct", b"abc").unwrap(), b"abc");
}

#[test]
fn an_export_is_found_under_each_of_its_names_whatever_the_name_section_says() {
    let wasm = guest(
        r#"
      (func $second (param i32 i32) (result i64) unreachable)
      (func $first (export "first") (export "second") (param $ptr i32) (param $len i32) (result i64)
        (call $finish (local.get $ptr) (local.get $len) (i32.const 0)))"#,
    );
    let mut runtime = Runtime::new(wasm3(), &wasm).unwrap();
    assert_eq!(runtime.call_raw("first", b"a").unwrap(), b"a");
    assert_eq!(runtime.call_raw("second", b"b").unwrap(), b"b");
    assert!(
        matches!(runtime.call_raw("third", b""), Err(Error::MissingExport(name)) if name.as_str() == "third")
    );
}

/// Results of functions of no parameters, read through the engine itself.
fn results(fields: &str, names: &[&str]) -> Vec<u64> {
    let wasm = assemble(fields);
    let mut engine = wasm3().load(&wasm, Host::new((), HostFunctions::new())).unwrap();
    engine.start().unwrap();
    let mut call = |name: &&str| {
        let function = engine.find(name, Signature::Entry).unwrap();
        engine.call(&function, 7, 9).unwrap()
    };
    names.iter().map(&mut call).collect()
}

#[test]
fn globals_tables_and_segments_begin_as_the_module_says() {
    let fields = r#"
      (memory 1) (data (i32.const 3) "\01\02\03\04\05\06\07\08") (data (i32.const 65536) "")
      (type $t (func (result i64)))
      (table 10 funcref) (elem (i32.const 7) $seven) (elem (i32.const 2) $two) (elem (i32.const 10))
      (global $small (mut i32) (i32.const -5)) (global $large i64 (i64.const -6000000000))
      (global $half f32 (f32.const 0.5)) (global $third f64 (f64.const 0.25))
      (func $seven (result i64) i64.const 77) (func $two (result i64) i64.const 22)
      (func (export "data") (param i32 i32) (result i64) (i64.load (i32.const 3)))
      (func (export "late") (param i32 i32) (result i64) (call_indirect (type $t) (local.get 0)))
      (func (export "early") (param i32 i32) (result i64) (call_indirect (type $t) (i32.const 2)))
      (func (export "small") (param i32 i32) (result i64)
        (global.set $small (i32.sub (global.get $small) (i32.const 1)))
        (i64.extend_i32_s (global.get $small)))
      (func (export "large") (param i32 i32) (result i64) global.get $large)
      (func (export "half") (param i32 i32) (result i64)
        (i64.extend_i32_u (i32.reinterpret_f32 (global.get $half))))
      (func (export "third") (param i32 i32) (result i64) (i64.reinterpret_f64 (global.get $third)))"#;
    let names = ["data", "late", "early", "small", "large", "half", "third"];
    let expected = [
        0x0807_0605_0403_0201,
        77,
        22,
        -6_i64 as u64,
        -6_000_000_000_i64 as u64,
        u64::from(0.5_f32.to_bits()),
        0.25_f64.to_bits(),
    ];
    assert_eq!(results(fields, &names), expected);
}

#[test]
fn lesson_30_values_survive_beside_results_of_64_bits() {
    // The first two are computed wrongly by wasm3 0.4.7 with slots of 32 bits.
    let fields = r#"
      (memory 1) (data (i32.const 0) "\01\00\00\00\02\00\00\00\03\00\00\00")
      (func $wide (result i64) i64.const 0x1122334455667788)
      (func (export "beside") (param i32 i32) (result i64)
        (i64.add (call $wide) (i64.extend_i32_u (i32.add
          (i32.load (i32.const 0)) (i32.add (i32.load (i32.const 4)) (i32.load (i32.const 8)))))))
      (func (export "kept") (param i32 i32) (result i64)
        (local.get 1) (loop (local.set 1 (i32.const 1000))) (i64.extend_i32_u))
      (func (export "both") (param i32 i32) (result i64) (local $a i64) (local $b i64)
        (local.set $a (i64.const 0x100000001)) (local.set $b (i64.const 0x200000002))
        (local.get $b) (local.get $a)
        (local.set $b (i64.const 0)) (local.set $a (i64.const 0))
        i64.add)"#;
    let expected = [0x1122_3344_5566_7788 + 6, 9, 0x3_0000_0003];
    assert_eq!(results(fields, &["beside", "kept", "both"]), expected);
}
