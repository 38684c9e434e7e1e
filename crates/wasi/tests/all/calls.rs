//! Calls of exported functions, and the end of runs from outside.

use aingle_wasm_wasi::{Cancel, Error, ErrorKind, Grants, Limits, Program, RunOptions, Value};
use std::time::{Duration, Instant};

/// Longer than anything here takes. A test that comes to it has failed.
const LONG: Duration = Duration::from_secs(60);

/// A reactor: it has no `_start`, and its constructors are in `_initialize`.
const REACTOR: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (global $ready (mut i32) (i32.const 0))
    (func (export "_initialize") (global.set $ready (i32.add (global.get $ready) (i32.const 40))))
    (func (export "ready") (result i32)
        (global.set $ready (i32.add (global.get $ready) (i32.const 1)))
        (global.get $ready))
    (func (export "all") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
        (local.get 3) (local.get 2) (local.get 1) (local.get 0))
    (func (export "exit") (param i32) (call $exit (local.get 0)))
    (func (export "vector") (param v128)))"#;

/// Places where a program can be without an end.
const ENDLESS: [(&str, &str); 4] = [
    ("a loop", r#"(func (export "_start") (loop $again (br $again)))"#),
    (
        "a start function",
        r#"(func $start (loop $again (br $again))) (start $start) (func (export "_start"))"#,
    ),
    ("constructors", r#"(func (export "_initialize") (loop $again (br $again))) (func (export "_start"))"#),
    (
        "a sleep",
        // One subscription of a clock: monotonic, of 10^18 nanoseconds.
        r#"(data (i32.const 16) "\01\00\00\00") (data (i32.const 24) "\00\00\64\a7\b3\b6\e0\0d")
        (func (export "_start") (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))"#,
    ),
];

fn endless(code: &str) -> Program {
    let import = r#"(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))"#;
    let text = format!(r#"(module {import} (memory (export "memory") 1) {code})"#);
    let limits = Limits { timeout: Some(2 * LONG), ..Limits::default() };
    Program::compile(&wat::parse_str(text).unwrap(), &limits).unwrap()
}

fn reactor(limits: &Limits) -> Program {
    Program::compile_library(&wat::parse_str(REACTOR).unwrap(), limits).unwrap()
}

fn call(program: &Program, name: &str, args: &[Value]) -> Result<Vec<Value>, Error> {
    let called = program.call(name, args, &Grants::default(), &RunOptions::default());
    called.map(|returned| returned.results)
}

#[test]
fn functions_of_numbers_are_called_after_the_constructors() {
    let program = reactor(&Limits { fuel: Some(1_000), ..Limits::default() });
    assert!(!program.has_entry());
    // Each call has an instance of its own.
    for _ in 0..2 {
        assert_eq!(call(&program, "ready", &[]).unwrap(), [Value::I32(41)]);
    }
    let args = [Value::I32(-1), Value::I64(i64::MIN), Value::F32(0.5), Value::F64(-0.0)];
    let back: Vec<Value> = args.iter().rev().copied().collect();
    assert_eq!(call(&program, "all", &args).unwrap(), back);
    let usage = program.start(&Grants::default(), &RunOptions::default()).unwrap();
    assert!(usage.fuel.is_some_and(|fuel| fuel > 0 && fuel < 20), "{usage:?}");
    // A call may have less fuel than the program.
    let little = RunOptions { fuel: Some(1), ..RunOptions::default() };
    let error = program.call("ready", &[], &Grants::default(), &little).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::OutOfFuel { limit: 1, .. }), "{error}");
}

#[test]
fn what_cannot_be_called_is_named() {
    let program = reactor(&Limits::default());
    for name in ["no", "vector", "memory", "_start"] {
        let error = call(&program, name, &[]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NoFunction { name: found } if found == name), "{error}");
    }
    for args in [&[][..], &[Value::I64(1)], &[Value::I32(1), Value::I32(1)]] {
        let error = call(&program, "exit", args).unwrap_err();
        assert_eq!(error.to_string(), "`exit` takes other arguments: (i32)");
    }
    let error = call(&program, "exit", &[Value::I32(3)]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Exited { status: 3 }), "{error}");
    let error = program.run(&Grants::default()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NoEntry { expected: "_start" }), "{error}");
}

#[test]
fn lesson_18_runs_end_from_outside_wherever_they_are() {
    for (place, code) in ENDLESS {
        let program = endless(code);
        let cancel = Cancel::new();
        let options = RunOptions { cancel: cancel.clone(), ..RunOptions::default() };
        let began = Instant::now();
        let error = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(50));
                cancel.cancel();
            });
            program.run_with(&Grants::default(), &options).unwrap_err()
        });
        assert!(matches!(error.kind(), ErrorKind::Cancelled), "{place}: {error}");
        assert!(began.elapsed() < LONG, "{place}");
        // Later ones, too.
        assert!(cancel.is_cancelled());
        let error = program.run_with(&Grants::default(), &options).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Cancelled), "{place}: {error}");
        // By time, which the run has of its own.
        let short = RunOptions { timeout: Some(Duration::from_millis(20)), ..RunOptions::default() };
        let error = program.run_with(&Grants::default(), &short).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Timeout { .. }), "{place}: {error}");
    }
}
