//! Every limit stops what goes beyond it.

use crate::common::{component_wasm, run, script_program, script_wasm, stopped, text};
use crate::components::nothing;
use aingle_wasm_wasi::{ErrorKind, Grants, Input, Limits, Program};
use std::time::Duration;

const LOOP: &str = "(loop $again (br $again))";

/// Limits of a tenth of a second.
fn short() -> Limits {
    Limits { timeout: Some(Duration::from_millis(100)), ..Limits::default() }
}

#[track_caller]
fn timed_out(error: &aingle_wasm_wasi::Error) {
    let ErrorKind::Timeout { limit, elapsed } = error.kind() else { panic!("{error}") };
    assert_eq!(*limit, Duration::from_millis(100));
    assert!(elapsed >= limit);
    assert_eq!(error.usage().expect("it ran").elapsed, *elapsed);
}

#[test]
fn loops_end_wherever_they_are() {
    timed_out(&stopped(&format!("(module (func (export \"_start\") {LOOP}))"), &short()));
    timed_out(&stopped(
        &format!("(module (func $f {LOOP}) (start $f) (func (export \"_start\")))"),
        &short(),
    ));
    timed_out(&stopped(
        &format!("(module (func (export \"_initialize\") {LOOP}) (func (export \"_start\")))"),
        &short(),
    ));
    timed_out(&stopped("(module (func $f (export \"_start\") (return_call $f)))", &short()));
}

#[test]
fn bulk_operations_in_a_loop_end() {
    let fill = "(loop $again (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x1000000)) (br $again))";
    timed_out(&stopped(&format!("(module (memory 256) (func (export \"_start\") {fill}))"), &short()));
}

#[test]
fn host_calls_in_progress_end() {
    let program = Program::compile(script_wasm(), &short()).expect("a program");
    for operation in ["poll|1|60000000000", "loop"] {
        timed_out(&run(&program, &[operation], Grants::default()).result.expect_err("it is stopped"));
    }
}

#[test]
fn a_read_that_waits_for_ever_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let made =
        std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status().expect("mkfifo runs");
    assert!(made.success());
    let program = Program::compile(script_wasm(), &short()).expect("a program");
    let dirs = vec![aingle_wasm_wasi::Dir::new(folder.path(), "/")];
    let ran = run(&program, &["open|3|pipe|r"], Grants { dirs, ..Grants::default() });
    timed_out(&ran.result.expect_err("nobody writes"));
    // Lets the thread that waits for a writer end.
    let _ = std::fs::OpenOptions::new().write(true).open(folder.path().join("pipe"));
}

#[test]
fn a_run_in_an_asynchronous_runtime_is_fine() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let status = runtime.block_on(async { run(script_program(), &["exit|3"], Grants::default()).status() });
    assert_eq!(status, 3);
}

#[test]
fn fuel_ends_and_is_counted() {
    let limits = Limits { fuel: Some(10_000), ..Limits::default() };
    for module in [
        format!("(module (func (export \"_start\") {LOOP}))"),
        format!("(module (func $f {LOOP}) (start $f) (func (export \"_start\")))"),
        "(module (memory 1) (func (export \"_start\") (memory.fill (i32.const 0) (i32.const 0) (i32.const 20000))))".into(),
    ] {
        let error = stopped(&module, &limits);
        let ErrorKind::OutOfFuel { limit: 10_000, used } = *error.kind() else { panic!("{error}") };
        assert_eq!(error.usage().expect("it ran").fuel, Some(used));
        assert!((1..=10_000).contains(&used), "{used}");
    }
    let module = "(module (func (export \"_start\") (drop (i32.add (i32.const 1) (i32.const 2)))))";
    let exit = text(module, &limits).run(&Grants::default()).expect("it ends");
    assert!(exit.usage.fuel.is_some_and(|used| (1..100).contains(&used)), "{exit:?}");
    assert_eq!(text(module, &Limits::default()).run(&Grants::default()).expect("it ends").usage.fuel, None);
}

#[test]
fn all_memories_count() {
    let limits = Limits { memory: 3 << 16, ..Limits::default() };
    let initial = "(module (memory 2) (memory 2) (func (export \"_start\")))";
    let grown = "(module (memory 1) (memory 1) (func (export \"_start\")
        (drop (memory.grow 1 (i32.const 2)))
        (if (i32.eq (memory.size 1) (i32.const 1)) (then unreachable))))";
    let start = "(module (memory 1) (func $f (drop (memory.grow (i32.const 3)))
        (if (i32.eq (memory.size) (i32.const 1)) (then unreachable)))
        (start $f) (func (export \"_start\")))";
    for module in [initial, grown, start] {
        let error = stopped(module, &limits);
        assert!(matches!(error.kind(), ErrorKind::OutOfMemory { limit: 0x30000, asked: 0x40000 }), "{error}");
    }
    let fits =
        "(module (memory 1) (memory 1) (func (export \"_start\") (drop (memory.grow 1 (i32.const 1)))))";
    let exit = text(fits, &limits).run(&Grants::default()).expect("it ends");
    assert_eq!(exit.usage.peak_memory, 3 << 16);
}

#[test]
fn a_guest_that_takes_no_for_an_answer_goes_on() {
    let module = "(module (memory 1) (func (export \"_start\") (drop (memory.grow (i32.const 100)))))";
    let exit = text(module, &Limits { memory: 1 << 20, ..Limits::default() }).run(&Grants::default());
    assert_eq!(exit.expect("it ends").usage.peak_memory, 1 << 16);
    let module = "(module (memory 1) (func (export \"_start\")
        (drop (memory.grow (i32.const 100))) (drop (i32.div_u (i32.const 1) (i32.const 0)))))";
    let error = stopped(module, &Limits { memory: 1 << 20, ..Limits::default() });
    assert_eq!(error.to_string(), "trap: integer divide by zero");
}

#[test]
fn an_allocation_that_fails_is_out_of_memory() {
    let program =
        Program::compile(script_wasm(), &Limits { memory: 4 << 20, ..Limits::default() }).expect("a program");
    let error = run(&program, &["allocate|5000000"], Grants::default()).result.expect_err("it is stopped");
    let ErrorKind::OutOfMemory { limit: 0x40_0000, asked } = *error.kind() else { panic!("{error}") };
    assert!((5_000_000..8_000_000).contains(&asked), "{asked}");
    assert_eq!(run(&program, &["allocate|1000000"], Grants::default()).stdout, "1000000\n");
}

#[test]
fn more_than_32_bits_can_address_is_out_of_memory() {
    let module = "(module (memory 1) (func (export \"_start\")
        (if (i32.eq (memory.grow (i32.const 65536)) (i32.const -1)) (then unreachable))))";
    let error = stopped(module, &Limits { memory: u64::MAX, ..Limits::default() });
    assert!(matches!(error.kind(), ErrorKind::OutOfMemory { .. }), "{error}");
}

#[test]
fn all_tables_count() {
    let limits = Limits { table_elements: 100, ..Limits::default() };
    let initial = "(module (table 60 funcref) (table 60 funcref) (func (export \"_start\")))";
    let grown = "(module (table $t 60 funcref) (func (export \"_start\")
        (if (i32.eq (table.grow $t (ref.null func) (i32.const 60)) (i32.const -1)) (then unreachable))))";
    for module in [initial, grown] {
        let error = stopped(module, &limits);
        assert!(matches!(error.kind(), ErrorKind::OutOfTable { limit: 100, asked: 120 }), "{error}");
    }
}

#[test]
fn deep_calls_are_stopped_by_the_stack() {
    let module = "(module (func $f (export \"_start\") (call $f) (call $f)))";
    for stack in [0, 64 << 10, 1 << 20, 8 << 20] {
        let error = stopped(module, &Limits { stack, ..Limits::default() });
        assert!(
            matches!(*error.kind(), ErrorKind::StackExhausted { limit } if limit == stack.max(64 << 10)),
            "{error}"
        );
    }
    // A frame of some kilobytes for each of 500 calls.
    let deep = "(module (func $f (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))))))
        (func (export \"_start\") (call $f (i32.const 20000))))";
    text(deep, &Limits { stack: 8 << 20, ..Limits::default() }).run(&Grants::default()).expect("it fits");
    let error = stopped(deep, &Limits { stack: 64 << 10, ..Limits::default() });
    assert!(matches!(error.kind(), ErrorKind::StackExhausted { .. }), "{error}");
}

#[test]
fn what_is_compiled_is_bounded() {
    let wasm = script_wasm();
    let compiled = |limits| Program::compile(wasm, &limits).map(|_| ()).map_err(|error| error.to_string());
    let refused = compiled(Limits { module: 1000, ..Limits::default() }).expect_err("it is larger");
    assert_eq!(refused, format!("the file is too large (limit 1000 bytes, found {})", wasm.len()));
    let refused = compiled(Limits { function: 100, ..Limits::default() }).expect_err("one is larger");
    assert!(refused.starts_with("the function at byte "), "{refused}");
    let refused = compiled(Limits { compile_time: Some(Duration::from_millis(1)), ..Limits::default() });
    assert_eq!(refused.expect_err("it takes longer"), "compilation took too long (limit 1ms)");
}

#[test]
fn handles_are_bounded() {
    let area = crate::escapes::area();
    let program =
        Program::compile(script_wasm(), &Limits { handles: 20, ..Limits::default() }).expect("a program");
    let operations = ["open|3|inside|r"; 30];
    let ran = run(&program, &operations, crate::escapes::granted(&area));
    let error = ran.result.expect_err("it is stopped");
    assert!(matches!(error.kind(), ErrorKind::Handles { limit: 20 }), "{error}");
}

#[test]
fn limits_cover_components() {
    let short = Program::compile(component_wasm(), &short()).expect("a program");
    timed_out(&run(&short, &["loop"], nothing()).result.expect_err("it is stopped"));
    timed_out(&run(&short, &["sleep"], nothing()).result.expect_err("it is stopped"));

    let limits = Limits { memory: 4 << 20, ..Limits::default() };
    let small = Program::compile(component_wasm(), &limits).expect("a program");
    let error = run(&small, &["allocate", "5000000"], nothing()).result.expect_err("it is stopped");
    assert!(matches!(error.kind(), ErrorKind::OutOfMemory { limit: 0x40_0000, .. }), "{error}");

    let shallow = Program::compile(component_wasm(), &Limits { stack: 64 << 10, ..Limits::default() })
        .expect("a program");
    let error = run(&shallow, &["recurse"], nothing()).result.expect_err("it is stopped");
    assert!(matches!(error.kind(), ErrorKind::StackExhausted { limit: 0x1_0000 }), "{error}");

    let limits = Limits { fuel: Some(100_000), ..Limits::default() };
    let metered = Program::compile(component_wasm(), &limits).expect("a program");
    let error = run(&metered, &["loop"], nothing()).result.expect_err("it is stopped");
    assert!(matches!(error.kind(), ErrorKind::OutOfFuel { limit: 100_000, .. }), "{error}");

    let single =
        Program::compile(component_wasm(), &Limits { instances: 1, ..Limits::default() }).expect("a program");
    let error = run(&single, &[], nothing()).result.expect_err("it needs more");
    assert!(matches!(error.kind(), ErrorKind::Instances { limit: 1 }), "{error}");
}

#[test]
fn an_input_of_bytes_ends() {
    let grants = Grants { stdin: Input::Bytes(b"some words".to_vec()), ..Grants::default() };
    let ran = run(script_program(), &["read|0|4", "read|0", "read|0"], grants);
    assert_eq!(ran.stdout, "\"some\"\n\" words\"\n\"\"\n");
    assert_eq!(run(script_program(), &["read|0"], Grants::default()).stdout, "\"\"\n");
}
