//! Modules that are loaded, listed, replaced and unloaded.

mod common;

use aingle_wasm_runtime::{Break, ErrorKind, ModuleConfig, ReplaceOptions, WasmConfig};
use common::*;
use serde_json::json;
use std::future::IntoFuture;

const ADDS_ONE: &str = r#"(func (export "add") (param $left i32) (param $right i32) (result i32)
    (i32.add (i32.const 1) (i32.add (local.get $left) (local.get $right))))"#;

#[tokio::test]
async fn h05_metadata_is_true() {
    let runtime = with_math(WasmConfig { max_memory_bytes: 10 * 65_536, ..Default::default() }).await;
    let of = || runtime.list_modules().remove(0);
    let module = of();
    assert_eq!((&module.name[..], module.version, module.size_bytes), ("math", 1, math().len()));
    assert_eq!((module.calls, module.failed, module.in_flight, module.waiting), (0, 0, 0, 0));
    assert_eq!((module.max_memory_bytes, module.peak_memory_bytes), (10 * 65_536, 0));
    runtime.execute("math", "add", json!([1, 2])).await.unwrap();
    runtime.execute("math", "grow", json!([2])).await.unwrap();
    runtime.execute("math", "abort", json!([])).await.unwrap_err();
    // Refused before it ran.
    runtime.execute("math", "sub", json!([])).await.unwrap_err();
    let module = of();
    assert_eq!((module.calls, module.failed, module.peak_memory_bytes), (3, 1, 3 * 65_536));
    assert_eq!(module.exports.len(), 11, "{:?}", module.exports);
}

#[tokio::test]
async fn h05_unknown_names_are_errors_and_nothing_is_left() {
    let runtime = with_math(WasmConfig::default()).await;
    let again = kind(runtime.load_module("math", math()).await);
    assert!(matches!(again, ErrorKind::AlreadyLoaded { name } if name == "math"));
    for unknown in [
        kind(runtime.unload_module("meth")),
        kind(runtime.replace_module("meth", math()).await),
        kind(runtime.execute("meth", "add", json!([])).await),
    ] {
        let ErrorKind::UnknownModule { name, loaded } = unknown else { panic!("{unknown:?}") };
        assert_eq!((&name[..], &loaded[..]), ("meth", &["math".to_owned()][..]));
    }
    runtime.unload_module("math").unwrap();
    assert!(matches!(kind(runtime.unload_module("math")), ErrorKind::UnknownModule { .. }));
    for name in ["a", "b"] {
        runtime.load_module(name, math()).await.unwrap();
    }
    assert_eq!((runtime.clear_modules(), runtime.clear_modules()), (2, 0));
    assert!(runtime.list_modules().is_empty());
}

#[tokio::test]
async fn bytes_that_are_no_module_are_refused_and_change_nothing() {
    let runtime = with_math(WasmConfig::default()).await;
    for (bytes, said) in [
        (&b"words"[..], "module `other`"),
        (&wasm(r#"(module (import "env" "dog" (func (param i32 i32))))"#), "env.dog"),
        (
            &wasm(r#"(module (import "wasi_snapshot_preview1" "fd_write" (func)))"#),
            "wasi_snapshot_preview1.fd_write",
        ),
        (&guest(), "host function `lookup` is not registered"),
    ] {
        let error = runtime.load_module("other", bytes).await.unwrap_err();
        let refused = |kind: &ErrorKind| matches!(kind, ErrorKind::Load(_) | ErrorKind::NotGranted { .. });
        assert!(refused(error.kind()), "{error:?}");
        assert!(error.to_string().contains(said), "{error}");
        let error = runtime.replace_module("math", bytes).await.unwrap_err();
        assert!(refused(error.kind()), "{error:?}");
    }
    assert_eq!(runtime.list_modules().len(), 1);
    assert_eq!(runtime.execute("math", "add", json!([1, 2])).await.unwrap(), json!(3));
}

#[tokio::test]
async fn a_module_that_breaks_the_interface_is_refused_by_what_it_breaks() {
    let runtime = with_math(WasmConfig::default()).await;
    let changed =
        MATH.replace("(param $value i64) (result i64)", "(param $value i64) (result i64 i64) (local.get 0)");
    let changed = changed.replace(r#"(export "nothing")"#, r#"(export "something")"#);
    let broken = kind(runtime.replace_module("math", wasm(&changed)).await);
    let ErrorKind::Interface { breaks } = broken else { panic!("{broken:?}") };
    let removed = Break::Removed { signature: "nothing() -> ()".into() };
    let from_to = ("wide(value: i64) -> i64".into(), "wide(value: i64) -> (i64, i64)".into());
    assert_eq!(breaks, [removed, Break::Changed { from: from_to.0, to: from_to.1 }]);
    assert_eq!(runtime.list_modules()[0].version, 1);
    // The same is taken by those who want it so.
    let options = ReplaceOptions { allow_breaks: true, ..Default::default() };
    let replaced = runtime.replace_module_with("math", wasm(&changed), &options).await.unwrap();
    assert_eq!((replaced.version, replaced.breaks.len()), (2, 2));
    assert_eq!(replaced.added, ["something() -> ()"]);
    assert_eq!(runtime.execute("math", "wide", json!([7])).await.unwrap(), json!([7, 7]));
}

#[tokio::test]
async fn a_replacement_has_the_limits_of_the_old_module_unless_it_is_given_others() {
    let runtime = runtime(WasmConfig { max_memory_bytes: 64 * 65_536, ..Default::default() });
    let limit = |pages: u64| ModuleConfig { max_memory_bytes: Some(pages * 65_536), ..Default::default() };
    let pages = || runtime.list_modules()[0].max_memory_bytes / 65_536;
    runtime.load_module_with("math", math(), &limit(2)).await.unwrap();
    runtime.replace_module("math", math()).await.unwrap();
    runtime.replace_module("math", math()).await.unwrap();
    assert_eq!(pages(), 2);
    for (config, wanted) in [(limit(3), 3), (ModuleConfig::default(), 64)] {
        let options = ReplaceOptions { config: Some(config), ..Default::default() };
        runtime.replace_module_with("math", math(), &options).await.unwrap();
        assert_eq!(pages(), wanted);
    }
}

#[tokio::test]
async fn types_of_guests_are_compared_by_their_hash() {
    let (runtime, _told) = with_guest(WasmConfig::default(), false).await;
    // With more functions: fine.
    let more = r#"(func (export "more") (param i32 i32) (result i64) (i64.const 0))"#;
    let replaced = runtime.replace_module("guest", guest_with(more)).await.unwrap();
    assert_eq!(replaced.added, ["more(bytes) -> bytes"]);
    // With a function of other types, or of other names, which callers pass: not.
    let text = include_str!("../../../examples/guest-wat/guest.wat");
    let end = text.find(r#"(@custom "aingle.abi""#).unwrap();
    for (names, args, changed) in [
        ("a,b", "(i64, i32)", "sum(a: i64, b: i32) -> i32"),
        ("a,c", "(i32, i32)", "sum(a: i32, c: i32) -> i32"),
    ] {
        let sum = described(aingle_wasm_types::description::Kind::Export, "sum", names, args, "i32");
        let other = wasm(&format!("{} {sum})", &text[..end]));
        let broken = runtime.replace_module("guest", other).await.unwrap_err().to_string();
        let said = format!("`sum(a: i32, b: i32) -> i32` is changed to `{changed}`");
        assert!(broken.contains(&said), "{broken}");
    }
}

#[tokio::test]
async fn calls_in_flight_finish_on_the_old_module_and_new_ones_go_to_the_new() {
    let (runtime, mut told) = with_guest(WasmConfig { max_concurrency: 1, ..Default::default() }, true).await;
    let old = tokio::spawn(runtime.call_bytes("guest", "blocks", *b"old").into_future());
    assert_eq!(soon(told.begun.recv()).await, Some("blocks"));
    soon(runtime.replace_module("guest", guest())).await.unwrap();
    // The old one's only place is taken, and the new one has its own.
    assert_eq!(soon(runtime.execute("guest", "sum", json!([1, 2]))).await.unwrap(), json!(3));
    soon(async { runtime.unload_module("guest") }).await.unwrap();
    assert!(!old.is_finished());
    // It is told, and finishes.
    old.abort();
    told.release.send(()).unwrap();
    assert_eq!(soon(told.ended.recv()).await, Some("blocks"));
}

#[tokio::test]
async fn a_result_comes_from_one_module_or_the_other_while_it_is_replaced() {
    let runtime = with_math(WasmConfig::default()).await;
    let add = MATH.find(r#"(func (export "add")"#).unwrap();
    let wide = MATH.find(r#"(func (export "wide")"#).unwrap();
    let other = wasm(&format!("{}{ADDS_ONE}{}", &MATH[..add], &MATH[wide..]));
    let replacing = async {
        for at in 0..10 {
            let new = if at % 2 == 0 { other.clone() } else { math() };
            runtime.replace_module("math", new).await.unwrap();
        }
    };
    let calling = async {
        let mut results = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let result = runtime.execute("math", "add", json!([1, 2])).await.unwrap();
            results.insert(result.as_u64().unwrap());
        }
        results
    };
    let ((), results) = soon(async { tokio::join!(replacing, calling) }).await;
    assert!(results.iter().all(|result| [3, 4].contains(result)), "{results:?}");
    assert_eq!(runtime.list_modules()[0].version, 11);
    assert_eq!(runtime.execute("math", "add", json!([1, 2])).await.unwrap(), json!(3));
}

#[tokio::test]
async fn h06_neither_calls_nor_compilations_block_the_executor() {
    // One thread: what blocked it would keep everything else from running.
    let runtime = with_math(WasmConfig { max_execution_time: 2 * LONG, ..Default::default() }).await;
    let spinning = tokio::spawn(runtime.call("math", "spin", json!([])).into_future());
    until("it runs", || runtime.list_modules()[0].in_flight == 1).await;
    for at in 0..100 {
        assert_eq!(soon(runtime.execute("math", "add", json!([at, 1]))).await.unwrap(), json!(at + 1));
    }
    assert!(!spinning.is_finished());
    spinning.abort();

    let functions: String = (0..200).map(|at| format!("(func (export \"f{at}\"))")).collect();
    let large = wasm(&format!("(module {functions})"));
    let loading = tokio::spawn({
        let runtime = runtime.clone();
        async move { runtime.load_module("large", large).await }
    });
    let mut turns = 0;
    while !loading.is_finished() {
        tokio::task::yield_now().await;
        turns += 1;
    }
    loading.await.unwrap().unwrap();
    assert!(turns > 100, "{turns}");
}
