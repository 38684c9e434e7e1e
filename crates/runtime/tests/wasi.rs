//! Programs of WASI.
#![cfg(feature = "wasi")]

mod common;

use aingle_wasm_runtime::wasi::Grants;
use aingle_wasm_runtime::{
    Call, ErrorKind, FunctionKind, ModuleConfig, RuntimeError, WasmConfig, WasmRuntime,
};
use common::*;
use serde_json::{Value, json};
use std::future::IntoFuture;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

/// Writes its arguments to standard output, `!` to standard error, and exits with their number.
const ECHO: &str = r#"(module
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 32) "!")
    (func (export "_start")
        (drop (call $sizes (i32.const 0) (i32.const 12)))
        (drop (call $args (i32.const 1024) (i32.const 4096)))
        (i32.store (i32.const 8) (i32.const 4096))
        (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 20)))
        (i32.store (i32.const 8) (i32.const 32))
        (i32.store (i32.const 12) (i32.const 1))
        (drop (call $write (i32.const 2) (i32.const 8) (i32.const 1) (i32.const 20)))
        (call $exit (i32.load (i32.const 0)))))"#;

/// A reactor.
const REACTOR: &str = r#"(module
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    ;; A subscription of the monotonic clock, of 10^18 nanoseconds.
    (data (i32.const 16) "\01\00\00\00")
    (data (i32.const 24) "\00\00\64\a7\b3\b6\e0\0d")
    (global $base (mut i32) (i32.const 0))
    (func (export "_initialize") (global.set $base (i32.const 40)))
    (func (export "add") (param $left i32) (param $right i32) (result i32)
        (i32.add (local.get $left) (local.get $right)))
    (func (export "next") (result i32)
        (global.set $base (i32.add (global.get $base) (i32.const 1)))
        (global.get $base))
    (func (export "divide") (param $left i32) (param $right i32) (result i32 i32)
        (i32.div_s (local.get $left) (local.get $right)) (i32.rem_s (local.get $left) (local.get $right)))
    (func (export "spin") (loop $again (br $again)))
    (func (export "sleep") (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))
    (func $deep (export "deep") (call $deep))
    (func (export "grow") (param $pages i32) (result i32) (memory.grow (local.get $pages)))
    (func (export "exit") (call $exit (i32.const 7)))
    (func (export "granted") (result i32 i32)
        (drop (call $environ (i32.const 0) (i32.const 4)))
        (i32.load (i32.const 0)) (call $prestat (i32.const 3) (i32.const 8))))"#;

fn component(imports: &str, returned: u32) -> Vec<u8> {
    wasm(&format!(
        r#"(component {imports}
        (core module $m (func (export "run") (result i32) (i32.const {returned})))
        (core instance $i (instantiate $m))
        (func $run (result (result)) (canon lift (core func $i "run")))
        (instance $cli (export "run" (func $run)))
        (export "wasi:cli/run@0.2.0" (instance $cli)))"#
    ))
}

fn config() -> WasmConfig {
    WasmConfig { enable_wasi: true, max_execution_time: 2 * LONG, ..Default::default() }
}

async fn loaded(config: WasmConfig, name: &str, text: &str) -> WasmRuntime {
    let runtime = runtime(config);
    runtime.load_module(name, wasm(text)).await.unwrap();
    runtime
}

fn spawned<T: Send + 'static>(call: Call<T>) -> tokio::task::JoinHandle<Result<T, RuntimeError>> {
    tokio::spawn(call.into_future())
}

#[tokio::test]
async fn it_is_refused_by_default_and_the_setting_is_named() {
    let runtime = runtime(WasmConfig::default());
    let refused = runtime.load_module("echo", wasm(ECHO)).await.unwrap_err();
    let said = "module `echo`: the import `wasi_snapshot_preview1.args_sizes_get` is not granted: `WasmConfig::enable_wasi` grants it";
    assert_eq!(refused.to_string(), said);
    let refused = runtime.load_module("part", component("", 0)).await.unwrap_err();
    let said = "module `part`: a component of WASI is not granted: `WasmConfig::enable_wasi` grants it";
    assert_eq!(refused.to_string(), said);
    // One module alone.
    let own = ModuleConfig { enable_wasi: Some(true), ..Default::default() };
    runtime.load_module_with("echo", wasm(ECHO), &own).await.unwrap();
    assert_eq!(runtime.execute("echo", "_start", json!([])).await.unwrap()["status"], 1);
}

#[tokio::test]
async fn a_command_runs_with_arguments_and_returns_what_it_wrote() {
    let runtime = loaded(config(), "echo", ECHO).await;
    for _ in 0..2 {
        let ended = runtime.execute("echo", "_start", json!(["a", "b c", "ü"])).await.unwrap();
        assert_eq!(ended, json!({"status": 4, "stdout": "echo\0a\0b c\0ü\0", "stderr": "!"}));
    }
    let text = runtime.execute_text("echo", "_start", r#"["x"]"#).await.unwrap();
    assert!(text.contains(r#""status":2"#), "{text}");
    for (arguments, at) in [(json!(["a", 1]), Some(1)), (json!("a"), None), (json!({}), None)] {
        let refused = kind(runtime.execute("echo", "_start", arguments).await);
        assert!(matches!(refused, ErrorKind::Texts { at: found, .. } if found == at), "{refused:?}");
    }
    assert!(matches!(kind(runtime.execute_bytes("echo", "_start", *b"1").await), ErrorKind::Numbers { .. }));
    assert!(matches!(kind(runtime.execute("echo", "x", json!([])).await), ErrorKind::UnknownFunction { .. }));
    let [module] = &runtime.list_modules()[..] else { panic!("one module") };
    assert_eq!((module.exports[0].name.as_str(), module.exports[0].kind), ("_start", FunctionKind::Command));
    assert_eq!((module.calls, module.failed, module.peak_memory_bytes), (7, 4, 65_536));
    assert!(module.imports.contains(&"wasi_snapshot_preview1.fd_write".into()), "{:?}", module.imports);
    // What takes its place has to be a command, too.
    let broken = kind(runtime.replace_module("echo", wasm(REACTOR)).await);
    assert!(matches!(broken, ErrorKind::Interface { .. }));
    runtime.replace_module("echo", component("", 1)).await.unwrap();
    let ended = runtime.execute("echo", "_start", json!([])).await.unwrap();
    assert_eq!(ended, json!({"status": 1, "stdout": "", "stderr": ""}));
}

#[tokio::test]
async fn what_a_command_writes_is_bounded() {
    let runtime = loaded(WasmConfig { max_output_bytes: 10, ..config() }, "echo", ECHO).await;
    let ended = runtime.execute("echo", "_start", json!(["aaaaaaaa"])).await.unwrap();
    let stdout = ended["stdout"].as_str().unwrap();
    assert!(stdout.len() <= 10 && "echo\0aaaaaaaa".starts_with(stdout), "{ended}");
}

#[tokio::test]
async fn functions_of_a_reactor_are_called_as_those_of_other_modules() {
    let runtime = loaded(config(), "reactor", REACTOR).await;
    assert_eq!(runtime.execute("reactor", "add", json!({"right": 3, "left": 5})).await.unwrap(), json!(8));
    assert_eq!(runtime.execute("reactor", "divide", json!([7, 2])).await.unwrap(), json!([3, 1]));
    for _ in 0..2 {
        // A new instance, whose constructors have run.
        assert_eq!(runtime.execute("reactor", "next", json!([])).await.unwrap(), json!(41));
    }
    let refused = runtime.execute("reactor", "add", json!([5, "3"])).await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Arguments(_)), "{refused}");
    let names: Vec<_> = runtime.list_modules()[0].exports.iter().map(|export| export.name.clone()).collect();
    assert!(!names.contains(&"_initialize".into()) && names.contains(&"next".into()), "{names:?}");
    let trap = runtime.execute("reactor", "divide", json!([1, 0])).await.unwrap_err();
    assert_eq!((trap.kind().label(), trap.to_string().contains("divide by zero")), ("trap", true), "{trap}");
    let exited = runtime.execute("reactor", "exit", json!([])).await.unwrap_err();
    assert_eq!(exited.to_string(), "call `reactor.exit` failed: the program exited with status 7");
    let deep = runtime.execute("reactor", "deep", json!([])).await.unwrap_err();
    assert_eq!(deep.kind().label(), "call_depth", "{deep}");
}

#[tokio::test]
async fn h03_fuel_memory_and_time_stop_a_program() {
    let limits = WasmConfig { fuel_limit: Some(100_000), max_memory_bytes: 3 * 65_536, ..config() };
    let runtime = loaded(limits.clone(), "reactor", REACTOR).await;
    let spun = kind(soon(runtime.call("reactor", "spin", json!([]))).await);
    assert!(matches!(spun, ErrorKind::OutOfFuel { limit: 100_000, used } if used >= 100_000), "{spun:?}");
    let spun = kind(soon(runtime.call("reactor", "spin", json!([])).fuel(10)).await);
    assert!(matches!(spun, ErrorKind::OutOfFuel { limit: 10, .. }), "{spun:?}");
    assert_eq!(runtime.execute("reactor", "grow", json!([2])).await.unwrap(), json!(1));
    assert_eq!(runtime.execute("reactor", "grow", json!([3])).await.unwrap(), json!(-1));
    let late = kind(soon(runtime.call("reactor", "sleep", json!([])).timeout(20 * MS)).await);
    assert!(matches!(late, ErrorKind::Timeout { limit, .. } if limit == 20 * MS), "{late:?}");
    let small = ModuleConfig { max_memory_bytes: Some(1000), ..Default::default() };
    let large = kind(runtime.load_module_with("large", wasm(REACTOR), &small).await);
    assert!(matches!(large, ErrorKind::OutOfMemory { limit: 1000, asked: 65_536 }), "{large:?}");
}

#[tokio::test]
async fn lesson_18_a_program_ends_by_its_handle_by_time_and_by_drop() {
    let runtime = loaded(WasmConfig { max_concurrency: 1, ..config() }, "reactor", REACTOR).await;
    for function in ["spin", "sleep"] {
        for way in ["drop", "cancel", "time"] {
            let call = runtime.call("reactor", function, json!([]));
            let call = if way == "time" { call.timeout(50 * MS) } else { call };
            let handle = call.handle();
            let running = spawned(call);
            until("it runs", || runtime.list_modules()[0].in_flight == 1).await;
            tokio::time::sleep(10 * MS).await;
            ends(way, running, &handle, function).await;
            // Its only place is free.
            let works = runtime.execute("reactor", "add", json!([1, 2]));
            assert_eq!(soon(works).await.unwrap(), json!(3), "{function} {way}");
            assert_eq!(runtime.stats().abandoned_threads, 0, "{function} {way}");
        }
    }
}

#[tokio::test]
async fn lesson_18_a_start_function_of_a_program_ends() {
    for constructors in [
        "(func $start (loop $l (br $l))) (start $start)",
        r#"(func (export "_initialize") (loop $l (br $l)))"#,
    ] {
        let import = r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))"#;
        let endless = wasm(&format!(r#"(module {import} (memory (export "memory") 1) {constructors})"#));
        a_load_ends_by_drop_and_by_time(config(), endless).await;
    }
}

#[tokio::test]
async fn a_program_has_the_queue_of_its_module() {
    let config = WasmConfig { max_concurrency: 1, max_queue: 0, ..config() };
    let runtime = loaded(config, "reactor", REACTOR).await;
    let running = spawned(runtime.call("reactor", "sleep", json!([])));
    until("it runs", || runtime.list_modules()[0].in_flight == 1).await;
    let full = kind(runtime.execute("reactor", "add", json!([1, 2])).await);
    assert!(matches!(full, ErrorKind::QueueFull { limit: 0 }), "{full:?}");
    running.abort();
}

#[tokio::test]
async fn grants_are_those_of_the_configuration() {
    let nothing = loaded(config(), "reactor", REACTOR).await;
    // No variable; and 8 is `badf`.
    assert_eq!(nothing.execute("reactor", "granted", json!([])).await.unwrap(), json!([0, 8]));
    let wasi = Grants {
        dirs: vec![aingle_wasm_runtime::wasi::Dir::read_only(env!("CARGO_MANIFEST_DIR"), "/crate")],
        env: vec![("LANG".into(), "C".into())],
        ..Grants::default()
    };
    let some = loaded(WasmConfig { wasi: wasi.clone(), ..config() }, "reactor", REACTOR).await;
    assert_eq!(some.execute("reactor", "granted", json!([])).await.unwrap(), json!([1, 0]));
    let own = ModuleConfig { wasi: Some(Grants::default()), ..Default::default() };
    some.load_module_with("other", wasm(REACTOR), &own).await.unwrap();
    assert_eq!(some.execute("other", "granted", json!([])).await.unwrap(), json!([0, 8]));
    // What a component imports is granted by name.
    let files = component(r#"(import "wasi:filesystem/preopens@0.2.0" (instance))"#, 0);
    let refused = nothing.load_module("files", &files).await.unwrap_err();
    let said = "module `files`: the import `wasi:filesystem/preopens@0.2.0` is not granted: \
        `Grants::dirs` or `Grants::interfaces` of `WasmConfig::wasi` grants it";
    assert_eq!(refused.to_string(), said);
    some.load_module("files", &files).await.unwrap();
    assert_eq!(some.execute("files", "_start", json!([])).await.unwrap()["status"], json!(0));
    // What nobody offers cannot be granted.
    let other = component(r#"(import "wasi:keyvalue/store@0.2.0" (instance))"#, 0);
    let refused = nothing.load_module("other", other).await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Wasi(_)), "{refused}");
    assert!(refused.to_string().contains("wasi:keyvalue/store@0.2.0"), "{refused}");
    // A directory that is not there is found at the load.
    let wasi = Grants {
        dirs: vec![aingle_wasm_runtime::wasi::Dir::new("/no/such/folder", "/")],
        ..Grants::default()
    };
    let missing = ModuleConfig { wasi: Some(wasi), ..Default::default() };
    let refused = nothing.load_module_with("missing", wasm(REACTOR), &missing).await.unwrap_err();
    assert!(refused.to_string().contains("/no/such/folder"), "{refused}");
    let _: Value = nothing.execute("reactor", "granted", json!([])).await.unwrap();
}
