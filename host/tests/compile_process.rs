//! Compiling in a process of its own: the same results, and limits that end a compilation.
#![cfg(unix)]

mod common;

use aingle_wasm_generator::shapes::OF_CODE;
use aingle_wasm_host::prelude::*;
use aingle_wasm_host::{CompileProcess, CompileProcessError};
use common::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const HELPER: &str = env!("CARGO_BIN_EXE_aingle-wasm-compile");

fn process() -> CompileProcess {
    CompileProcess { program: Some(HELPER.into()), ..Default::default() }
}

fn config(process: CompileProcess) -> EngineConfig {
    EngineConfig { compile_process: Some(process), ..Default::default() }
}

fn refused(engine: &WasmEngine, wasm: &[u8]) -> HostErrorKind {
    engine.compile_cached(b"module", wasm).map(drop).unwrap_err().into_kind()
}

/// A program that does this instead of helping.
fn script(dir: &Path, does: &str) -> CompileProcess {
    let path = dir.join("program");
    fs::write(&path, format!("#!/bin/sh\n{does}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    CompileProcess { program: Some(path), ..Default::default() }
}

/// Some hundred milliseconds of compilation, within the limits of modules.
fn some_work() -> Vec<u8> {
    OF_CODE.iter().find(|shape| shape.0 == "float code").unwrap().1(20_000)
}

#[test]
fn a_module_that_a_process_compiled_runs_traps_and_is_metered() {
    let engine = engine_with(EngineConfig { metering_limit: 100_000, ..config(process()) });
    let module = engine.compile_cached(b"module", &guest("")).unwrap();
    let mut instance = WasmInstance::new(&engine, &module).unwrap();
    assert_eq!(instance.call_raw("echo", b"whole").unwrap(), b"whole");
    for (function, trap) in TRAPS {
        let mut instance = WasmInstance::new(&engine, &module).unwrap();
        assert_eq!(*failure(&mut instance, function).kind(), HostErrorKind::Trap(trap), "{function}");
    }
    let mut instance = WasmInstance::new(&engine, &module).unwrap();
    let spun = failure(&mut instance, "spin").into_kind();
    assert!(matches!(spun, HostErrorKind::OutOfFuel { limit: 100_000, .. }), "{spun:?}");
}

#[test]
fn its_code_goes_to_the_disk_cache_and_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let config = || EngineConfig { cache_dir: Some(dir.path().into()), ..config(process()) };
    for hits in [0, 1] {
        let engine = engine_with(config());
        let module = engine.compile_cached(b"module", &guest("")).unwrap();
        let mut instance = WasmInstance::new(&engine, &module).unwrap();
        assert_eq!(instance.call_raw("echo", b"whole").unwrap(), b"whole");
        assert_eq!(engine.cache_stats().disk_hits, hits);
    }
}

#[test]
fn a_compilation_that_takes_too_long_is_killed_and_remembered() {
    let time_limit = Duration::from_millis(20);
    let engine = engine_with(config(CompileProcess { time_limit, ..process() }));
    let wasm = some_work();
    let timed_out = HostErrorKind::CompileProcess(CompileProcessError::TimedOut { limit: time_limit });
    assert_eq!(refused(&engine, &wasm), timed_out);
    let again = Instant::now();
    assert_eq!(refused(&engine, &wasm), timed_out);
    assert!(again.elapsed() < time_limit && engine.cache_stats().refusals == 1);
    let forgetful = EngineConfig {
        remember_refusals: Duration::ZERO,
        ..config(CompileProcess { time_limit, ..process() })
    };
    let engine = engine_with(forgetful);
    (0..2).for_each(|_| assert_eq!(refused(&engine, &wasm), timed_out));
    assert_eq!(engine.cache_stats().refusals, 0);
}

#[test]
fn a_compilation_that_needs_too_much_memory_ends_and_the_host_goes_on() {
    let memory_limit = 16 << 20;
    let engine = engine_with(config(CompileProcess { memory_limit, ..process() }));
    let error = refused(&engine, &some_work());
    let out = HostErrorKind::CompileProcess(CompileProcessError::OutOfMemory { limit: memory_limit });
    assert_eq!(error, out);
    let error = engine.compile(&some_work()).map(drop).unwrap_err();
    assert!(error.instance_usable() && !error.retryable());
    let text = "compiling failed: the compile process needed more memory than its limit of 16777216 bytes";
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_program_that_is_not_there_or_no_helper_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let missing = PathBuf::from("/no/such/program");
    let engine = engine_with(config(CompileProcess { program: Some(missing.clone()), ..process() }));
    for _ in 0..2 {
        let HostErrorKind::CompileProcess(CompileProcessError::NotStarted { program, .. }) =
            refused(&engine, &guest(""))
        else {
            panic!()
        };
        assert_eq!(program, missing);
    }
    assert_eq!(engine.cache_stats().refusals, 0, "it is no fault of the module");
    let silent = script(dir.path(), "exit 0");
    let program = silent.program.clone().unwrap();
    let other = HostErrorKind::CompileProcess(CompileProcessError::OtherVersion { program });
    assert_eq!(refused(&engine_with(config(silent)), &guest("")), other);
}

#[test]
fn a_child_that_dies_is_an_error_and_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let dies = |does| refused(&engine_with(config(script(dir.path(), does))), &guest(""));
    let killed = HostErrorKind::CompileProcess(CompileProcessError::Killed { signal: 9 });
    assert_eq!(dies("kill -9 $$"), killed);
    let failed = dies("head -c 100 >/dev/null; echo some words >&2; exit 3");
    let words = CompileProcessError::Failed { reason: "some words".into() };
    assert_eq!(failed, HostErrorKind::CompileProcess(words));
    // Half of an answer is none.
    assert!(matches!(
        dies("printf AIWCANS1; exit 1"),
        HostErrorKind::CompileProcess(CompileProcessError::Failed { .. })
    ));
    // It answers nothing, and would stay for ever.
    let stays = CompileProcess {
        time_limit: Duration::from_millis(200),
        ..script(dir.path(), "echo $$ >\"${0%/*}/id\"; exec sleep 1000")
    };
    let error = refused(&engine_with(config(stays)), &guest(""));
    assert!(matches!(error, HostErrorKind::CompileProcess(CompileProcessError::TimedOut { .. })));
    let id = fs::read_to_string(dir.path().join("id")).unwrap();
    assert!(!Path::new("/proc").join(id.trim()).exists(), "it lives, or was not waited for");
}

#[test]
fn a_program_that_does_not_serve_cannot_be_its_own_helper() {
    let process = CompileProcess { program: None, ..process() };
    let error = WasmEngine::new(config(process)).map(drop).unwrap_err().into_kind();
    assert!(matches!(error, HostErrorKind::Config { field: "compile_process", .. }), "{error:?}");
}
