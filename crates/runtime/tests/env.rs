//! The functions of module `env` that older modules without the ABI import.

mod common;

use aingle_wasm_runtime::{ErrorKind, ModuleConfig, Reuse, WasmConfig, WasmRuntime};
use common::*;
use serde_json::json;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const OLDER: &str = r#"(module
    (import "env" "log" (func $log (param i32 i32)))
    (import "env" "json_parse" (func $parse (param i32 i32) (result i32)))
    (import "env" "json_stringify" (func $stringify (param i32) (result i32)))
    (import "env" "alloc" (func $alloc (param i32) (result i32)))
    (import "env" "free" (func $free (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 1024) "its own data")
    (data (i32.const 100) "hello\00")
    (data (i32.const 200) "{ \"a\" : 1 }")
    (func (export "log") (param $at i32) (param $len i32) (call $log (local.get $at) (local.get $len)))
    (func (export "parse") (param $at i32) (param $len i32) (result i32)
        (call $parse (local.get $at) (local.get $len)))
    (func (export "stringify") (param $handle i32) (result i32) (call $stringify (local.get $handle)))
    ;; The bytes 0 to 7 of what was parsed, and where they are.
    (func (export "through") (result i64 i32) (local $at i32)
        (local.set $at (call $stringify (call $parse (i32.const 200) (i32.const 11))))
        (i64.load (local.get $at)) (local.get $at))
    (func (export "alloc") (param $len i32) (result i32) (call $alloc (local.get $len)))
    (func (export "free") (param $at i32) (call $free (local.get $at)))
    ;; Gives out, frees and gives out again; then more than there is.
    (func (export "again") (result i32 i32 i32) (local $first i32)
        (local.set $first (call $alloc (i32.const 100)))
        (call $free (local.get $first))
        (local.get $first) (call $alloc (i32.const 50)) (call $alloc (i32.const 2000000000))))"#;

async fn older(config: WasmConfig) -> WasmRuntime {
    let runtime = runtime(config);
    runtime.load_module("older", wasm(OLDER)).await.unwrap();
    runtime
}

/// Keeps the lines of guests.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Visit for Lines {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0.lock().unwrap().push(format!("{value:?}"));
        }
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "aingle_wasm_guest"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn h04_lines_go_to_tracing() {
    let lines = Lines::default();
    tracing::subscriber::set_global_default(lines.clone()).unwrap();
    let runtime = older(WasmConfig::default()).await;
    runtime.execute("older", "log", json!([100, 5])).await.unwrap();
    // An older module may count the NUL behind its text.
    runtime.execute("older", "log", json!([100, 6])).await.unwrap();
    assert_eq!(*lines.0.lock().unwrap(), ["hello", "hello"]);
}

#[tokio::test]
async fn h04_json_and_memory_lie_where_the_module_has_none_of_its_own() {
    let runtime = older(WasmConfig::default()).await;
    let through = runtime.execute("older", "through", json!([])).await.unwrap();
    let bytes = i64::from_le_bytes(*b"{\"a\":1}\0");
    assert_eq!(through, json!([bytes, 65_536]));
    assert_eq!(runtime.execute("older", "again", json!([])).await.unwrap(), json!([65_536, 65_536, 0]));
}

#[tokio::test]
async fn what_is_outside_the_memory_stops_the_module() {
    let runtime = older(WasmConfig::default()).await;
    for (function, arguments) in [
        ("log", json!([65_530, 7])),
        ("log", json!([-1, 1])),
        ("log", json!([0, -1])),
        ("parse", json!([65_536, 1])),
        ("free", json!([100])),
    ] {
        let error = runtime.execute("older", function, arguments.clone()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::HostFunction { .. }), "{function}({arguments}): {error:?}");
    }
    let error = runtime.execute("older", "log", json!([65_530, 7])).await.unwrap_err().to_string();
    let said = "host function `env.log`: 7 bytes at 0xfffa are outside the memory of 65536 bytes";
    assert_eq!(error, format!("call `older.log` failed: {said}"));
    // The returned number tells what is no JSON, and what was never parsed, as in the older runtime.
    assert_eq!(runtime.execute("older", "parse", json!([100, 5])).await.unwrap(), json!(-1));
    assert_eq!(runtime.execute("older", "stringify", json!([1])).await.unwrap(), json!(0));
}

#[tokio::test]
async fn lesson_23_handles_and_memory_belong_to_one_call_and_one_instance() {
    let runtime = older(WasmConfig { max_memory_bytes: 4 * 65_536, ..Default::default() }).await;
    assert_eq!(runtime.execute("older", "parse", json!([200, 11])).await.unwrap(), json!(1));
    assert_eq!(runtime.execute("older", "stringify", json!([1])).await.unwrap(), json!(0));
    let kept = ModuleConfig { reuse: Some(Reuse::Kept), ..Default::default() };
    runtime.load_module_with("kept", wasm(OLDER), &kept).await.unwrap();
    assert_eq!(runtime.execute("kept", "parse", json!([200, 11])).await.unwrap(), json!(1));
    assert_eq!(runtime.execute("kept", "stringify", json!([1])).await.unwrap(), json!(0));
    // Memory lasts as long as the instance, and no longer than its limit.
    for (module, places) in [("older", [65_536; 4]), ("kept", [65_536, 131_072, 196_608, 0])] {
        for place in places {
            let given = runtime.execute(module, "alloc", json!([65_536])).await.unwrap();
            assert_eq!(given, json!(place), "{module}");
        }
    }
}

#[tokio::test]
async fn what_is_not_offered_is_named() {
    let runtime = runtime(WasmConfig::default());
    let http = wasm(r#"(module (import "env" "http_request" (func (param i32 i32 i32) (result i32))))"#);
    let refused = runtime.load_module("http", http).await.unwrap_err();
    let ErrorKind::NotGranted { what, grant } = refused.kind() else { panic!("{refused:?}") };
    assert_eq!(what, "the import `env.http_request`");
    assert!(grant.starts_with("`WasmConfig::http`"), "{grant}");
    let other = wasm(r#"(module (import "env" "log" (func (param i32))))"#);
    assert!(runtime.load_module("other", other).await.unwrap_err().to_string().contains("env.log"));
}
