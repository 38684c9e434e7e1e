//! Exit statuses come through as they are.

use crate::common::{run, script_program, text};
use aingle_wasm_wasi::{ErrorKind, Grants, Limits};

#[test]
fn every_status_of_preview_1_comes_through() {
    for status in ["0", "1", "125", "126", "127", "200", "255", "256", "2147483647"] {
        let ran = run(script_program(), &[&format!("exit|{status}")], Grants::default());
        assert_eq!(ran.status().to_string(), status);
    }
    assert_eq!(run(script_program(), &["exit|-1"], Grants::default()).status(), u32::MAX);
}

#[test]
fn an_exit_in_a_start_function_counts() {
    let module = r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (func $start (call $exit (i32.const 7)))
        (start $start)
        (func (export "_start") (call $exit (i32.const 8))))"#;
    let exit = text(module, &Limits::default()).run(&Grants::default()).expect("it ends");
    assert_eq!(exit.status, 7);
}

#[test]
fn an_initializer_runs_before_the_entry() {
    let module = r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (global $status (mut i32) (i32.const 1))
        (func (export "_initialize") (global.set $status (i32.const 5)))
        (func (export "_start") (call $exit (global.get $status))))"#;
    assert_eq!(text(module, &Limits::default()).run(&Grants::default()).expect("it ends").status, 5);
}

#[test]
fn exceptions_are_caught() {
    let module = r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (tag $thrown (param i32))
        (func $throw (throw $thrown (i32.const 9)))
        (func (export "_start")
            (call $exit (block $caught (result i32)
                (try_table (catch $thrown $caught) (call $throw))
                (i32.const 1)))))"#;
    assert_eq!(text(module, &Limits::default()).run(&Grants::default()).expect("it ends").status, 9);
    let module = r#"(module (tag $thrown) (func (export "_start") (throw $thrown)))"#;
    let error = text(module, &Limits::default()).run(&Grants::default()).expect_err("nothing catches it");
    assert!(matches!(error.kind(), ErrorKind::Trap { .. }), "{error}");
}

#[test]
fn exceptions_that_are_kept_count_as_memory() {
    // Each has the one before it.
    let module = r#"(module
        (tag $thrown (param exnref))
        (func (export "_start") (local exnref)
            (loop $again
                (block $caught (result exnref)
                    (try_table (result exnref) (catch_all_ref $caught) (throw $thrown (local.get 0))))
                (local.set 0)
                (br $again))))"#;
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let error = text(module, &limits).run(&Grants::default()).expect_err("it is stopped");
    assert!(matches!(error.kind(), ErrorKind::OutOfMemory { .. } | ErrorKind::Trap { .. }), "{error}");
}

#[test]
fn an_initializer_that_takes_something_is_refused() {
    for types in ["(param i32)", "(result i32)"] {
        let module = format!(
            r#"(module (func (export "_initialize") {types} (unreachable)) (func (export "_start")))"#
        );
        let wasm = wat::parse_str(module).expect("a module");
        let error = aingle_wasm_wasi::Program::compile(&wasm, &Limits::default()).expect_err(types);
        assert!(error.to_string().contains("`_initialize` takes or returns something"), "{error}");
    }
}

#[test]
fn a_program_without_an_entry_is_refused() {
    for module in
        ["(module)", "(module (func (export \"_start\") (param i32)))", "(module (func (export \"\")))"]
    {
        let wasm = wat::parse_str(module).expect("a module");
        let error = aingle_wasm_wasi::Program::compile(&wasm, &Limits::default()).expect_err("no entry");
        assert!(matches!(error.kind(), ErrorKind::NoEntry { expected: "_start" }), "{error}");
    }
}

#[test]
fn a_panic_is_a_trap_after_its_message() {
    let ran = run(script_program(), &["abort"], Grants::default());
    let error = ran.result.expect_err("it aborts");
    assert!(matches!(error.kind(), ErrorKind::Trap { .. }), "{error}");
    assert!(error.usage().expect("it ran").peak_memory > 0);

    let ran = run(script_program(), &["unknown"], Grants::default());
    assert!(ran.stderr.contains("no operation `unknown`"), "{}", ran.stderr);
    assert!(matches!(ran.result.expect_err("it panics").kind(), ErrorKind::Trap { .. }));
}
