//! Functions of components.
#![cfg(feature = "wasi")]

mod common;

use aingle_wasm_runtime::{Break, ErrorKind, FunctionKind, ReplaceOptions, WasmConfig, WasmRuntime};
use common::*;
use serde_json::{Value, json};
use std::future::IntoFuture;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

/// The mean of numbers, with a scale; and functions of the world that use what there is.
const CALC: &str = r#"(component
    (core module $m
        (memory (export "memory") 1)
        (data (i32.const 64) "none")
        (global $next (mut i32) (i32.const 1024))
        (global $count (mut i32) (i32.const 0))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (local $at i32)
            (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
            (global.set $next (i32.add (local.get $at) (local.get 3)))
            (local.get $at))
        (func (export "mean") (param $at i32) (param $len i32) (param $has i32) (param $scale f64) (result i32)
            (local $sum f64) (local $left i32)
            (if (i32.eqz (local.get $len))
                (then
                    (i32.store8 (i32.const 16) (i32.const 1))
                    (i32.store (i32.const 24) (i32.const 64))
                    (i32.store (i32.const 28) (i32.const 4))
                    (return (i32.const 16))))
            (local.set $left (local.get $len))
            (loop $next
                (local.set $sum (f64.add (local.get $sum) (f64.load (local.get $at))))
                (local.set $at (i32.add (local.get $at) (i32.const 8)))
                (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
            (if (i32.eqz (local.get $has)) (then (local.set $scale (f64.const 1))))
            (i32.store8 (i32.const 16) (i32.const 0))
            (f64.store (i32.const 24) (f64.mul (local.get $scale)
                (f64.div (local.get $sum) (f64.convert_i32_u (local.get $len)))))
            (i32.const 16))
        (func (export "count") (result i32)
            (global.set $count (i32.add (global.get $count) (i32.const 1)))
            (global.get $count))
        (func (export "spin") (loop $again (br $again)))
        (func (export "crash") (unreachable))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "take") (param i32)))
    (core instance $i (instantiate $m))
    (alias core export $i "memory" (core memory $memory))
    (alias core export $i "realloc" (core func $realloc))
    (func $mean (param "values" (list f64)) (param "scale" (option f64)) (result (result f64 (error string)))
        (canon lift (core func $i "mean") (memory $memory) (realloc $realloc)))
    (instance $api (export "mean" (func $mean)))
    (export "test:calc/api@0.1.0" (instance $api))
    (func (export "count") (result u32) (canon lift (core func $i "count")))
    (func (export "spin") (canon lift (core func $i "spin")))
    (func (export "crash") (canon lift (core func $i "crash")))
    (func (export "grow") (param "pages" u32) (result s32) (canon lift (core func $i "grow")))
    (type $handle' (resource (rep i32)))
    (export $handle "handle" (type $handle'))
    (func (export "take") (param "handle" (own $handle)) (canon lift (core func $i "take"))))"#;

const MEAN: &str = "test:calc/api@0.1.0#mean";

fn config() -> WasmConfig {
    WasmConfig { enable_wasi: true, max_execution_time: 2 * LONG, ..Default::default() }
}

async fn loaded(config: WasmConfig) -> WasmRuntime {
    let runtime = runtime(config);
    runtime.load_module("calc", wasm(CALC)).await.unwrap();
    runtime
}

#[tokio::test]
async fn functions_are_listed_and_called_by_their_types() {
    let runtime = loaded(config()).await;
    let [module] = &runtime.list_modules()[..] else { panic!("one module") };
    let exports: Vec<_> = module.exports.iter().map(|export| export.signature.as_str()).collect();
    assert_eq!(
        exports,
        [
            "count() -> u32",
            "crash() -> ()",
            "grow(pages: u32) -> i32",
            "spin() -> ()",
            "test:calc/api@0.1.0#mean(values: [f64], scale: Option<f64>) -> Result<f64, str>",
        ]
    );
    assert!(module.exports.iter().all(|export| export.kind == FunctionKind::Typed));
    let mean = |json: Value| runtime.execute("calc", MEAN, json);
    assert_eq!(mean(json!([[1, 2.5], null])).await.unwrap(), json!(1.75));
    assert_eq!(mean(json!({"scale": 2, "values": [3]})).await.unwrap(), json!(6.0));
    assert_eq!(mean(json!([["Infinity", 1], null])).await.unwrap(), json!("Infinity"));
    for _ in 0..2 {
        assert_eq!(runtime.execute("calc", "count", json!([])).await.unwrap(), json!(1));
    }
    let text = runtime.execute_text("calc", MEAN, r#"[[0.1], null]"#).await.unwrap();
    assert_eq!(text, "0.1");
    // Its error is one of the function.
    let error = mean(json!([[], null])).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Guest { value, .. } if *value == json!("none")), "{error}");
    assert_eq!(
        error.to_string(),
        r#"call `calc.test:calc/api@0.1.0#mean` failed: the function returned an error: "none""#
    );
}

#[tokio::test]
async fn what_does_not_fit_is_an_error_with_its_name() {
    let runtime = loaded(config()).await;
    for (arguments, said) in [
        (json!([[1, "2"], null]), r#"argument 1 `values`[1]: expected f64, found "2""#),
        (json!([[1]]), "argument 2 `scale` is missing"),
        (json!({"values": [], "scale": null, "other": 1}), "unknown name `other`"),
        (json!([[1], null, 3]), "argument 3 is surplus"),
    ] {
        let error = runtime.execute("calc", MEAN, arguments).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Arguments(_)), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
    let error = runtime.execute("calc", "take", json!([1])).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Uncallable(_)), "{error}");
    assert!(error.to_string().contains("its parameter `handle` has a resource"), "{error}");
    let bytes = kind(runtime.execute_bytes("calc", "count", *b"").await);
    assert!(matches!(bytes, ErrorKind::Numbers { .. }), "{bytes:?}");
    for name in ["mean", "test:calc/api#mean", "_start"] {
        let unknown = kind(runtime.execute("calc", name, json!([])).await);
        assert!(matches!(unknown, ErrorKind::UnknownFunction { .. }), "{unknown:?}");
    }
}

#[tokio::test]
async fn h03_fuel_memory_and_time_stop_a_function() {
    let limits = WasmConfig { fuel_limit: Some(100_000), max_memory_bytes: 3 * 65_536, ..config() };
    let runtime = loaded(limits).await;
    let spun = kind(soon(runtime.call("calc", "spin", json!([]))).await);
    assert!(matches!(spun, ErrorKind::OutOfFuel { limit: 100_000, used } if used >= 100_000), "{spun:?}");
    let spun = kind(soon(runtime.call("calc", "spin", json!([])).fuel(10)).await);
    assert!(matches!(spun, ErrorKind::OutOfFuel { limit: 10, .. }), "{spun:?}");
    assert_eq!(runtime.execute("calc", "grow", json!([2])).await.unwrap(), json!(1));
    assert_eq!(runtime.execute("calc", "grow", json!([3])).await.unwrap(), json!(-1));
    assert_eq!(runtime.list_modules()[0].peak_memory_bytes, 3 * 65_536);
    let trap = runtime.execute("calc", "crash", json!([])).await.unwrap_err();
    assert_eq!(trap.kind().label(), "trap", "{trap}");
    let unlimited = loaded(config()).await;
    let late = kind(soon(unlimited.call("calc", "spin", json!([])).timeout(20 * MS)).await);
    assert!(matches!(late, ErrorKind::Timeout { limit, .. } if limit == 20 * MS), "{late:?}");
}

#[tokio::test]
async fn lesson_18_a_function_ends_by_its_handle_by_time_and_by_drop() {
    let runtime = loaded(WasmConfig { max_concurrency: 1, ..config() }).await;
    for way in ["drop", "cancel", "time"] {
        let call = runtime.call("calc", "spin", json!([]));
        let call = if way == "time" { call.timeout(50 * MS) } else { call };
        let handle = call.handle();
        let running = tokio::spawn(call.into_future());
        until("it runs", || runtime.list_modules()[0].in_flight == 1).await;
        tokio::time::sleep(10 * MS).await;
        ends(way, running, &handle, "spin").await;
        // Its only place is free.
        assert_eq!(soon(runtime.execute("calc", "count", json!([]))).await.unwrap(), json!(1), "{way}");
        assert_eq!(runtime.stats().abandoned_threads, 0, "{way}");
    }
}

#[tokio::test]
async fn a_replacement_has_to_have_the_same_types() {
    let runtime = loaded(config()).await;
    let other = CALC.replace(r#"(param "pages" u32)"#, r#"(param "count" u32)"#);
    let other =
        other.replace(r#"(func (export "count") (result u32)"#, r#"(func (export "number") (result u32)"#);
    let broken = kind(runtime.replace_module("calc", wasm(&other)).await);
    let ErrorKind::Interface { breaks } = broken else { panic!("{broken:?}") };
    assert_eq!(
        breaks,
        [
            Break::Removed { signature: "count() -> u32".into() },
            Break::Changed { from: "grow(pages: u32) -> i32".into(), to: "grow(count: u32) -> i32".into() },
        ]
    );
    let allowed = ReplaceOptions { allow_breaks: true, ..Default::default() };
    let replaced = runtime.replace_module_with("calc", wasm(&other), &allowed).await.unwrap();
    assert_eq!(replaced.added, ["number() -> u32"]);
    assert_eq!(runtime.replace_module("calc", wasm(&other)).await.unwrap().breaks, []);
}

#[cfg(feature = "service")]
#[tokio::test]
async fn its_functions_are_in_the_document_of_the_service() {
    let runtime = loaded(config()).await;
    let document =
        aingle_wasm_runtime::service::openapi(&runtime, |module, name| format!("/{module}/{name}"));
    let mean = &document["paths"]["/calc/test%3Acalc%2Fapi%400.1.0%23mean"]["post"];
    let replied = &mean["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(replied["anyOf"][0], json!({"type": "number"}), "{mean}");
    let by_name = &mean["requestBody"]["content"]["application/json"]["schema"]["anyOf"][1];
    assert_eq!(by_name["properties"]["values"]["items"]["anyOf"][0], json!({"type": "number"}), "{mean}");
}
