//! Limits of calls, modules and queues.

mod common;

use aingle_wasm_runtime::{ErrorKind, ModuleConfig, Reuse, WasmConfig, WasmRuntime};
use common::*;
use serde_json::json;
use std::future::IntoFuture;
use std::time::Duration;

#[tokio::test]
async fn h03_fuel_stops_a_call_and_says_how_much() {
    let runtime = with_math(WasmConfig { fuel_limit: Some(10_000), ..Default::default() }).await;
    let error = soon(runtime.execute("math", "spin", json!([]))).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::OutOfFuel { limit: 10_000, used } if *used > 10_000),
        "{error}"
    );
    assert!(!error.retryable());
    let less = kind(soon(runtime.call("math", "spin", json!([])).fuel(500)).await);
    assert!(matches!(less, ErrorKind::OutOfFuel { limit: 500, .. }), "{less:?}");
    // A call's handle tells what it used, however it ended.
    for (function, arguments) in [("add", json!([5, 3])), ("spin", json!([]))] {
        let call = runtime.call("math", function, arguments);
        let handle = call.handle();
        assert_eq!(handle.fuel_used(), None);
        let ended = soon(call.into_future()).await;
        let used = handle.fuel_used().unwrap_or_else(|| panic!("fuel of `{function}`"));
        match ended.map_err(aingle_wasm_runtime::RuntimeError::into_kind) {
            Err(ErrorKind::OutOfFuel { used: told, .. }) => assert_eq!(used, told),
            ended => assert!(ended.is_ok() && (1..100).contains(&used), "{used}: {ended:?}"),
        }
    }
    // The next call has the module's budget again.
    let again = kind(soon(runtime.execute("math", "spin", json!([]))).await);
    assert!(matches!(again, ErrorKind::OutOfFuel { limit: 10_000, .. }), "{again:?}");
}

#[tokio::test]
async fn h03_memory_does_not_grow_beyond_its_limit() {
    let runtime = with_math(WasmConfig { max_memory_bytes: 4 * 65_536, ..Default::default() }).await;
    assert_eq!(runtime.execute("math", "grow", json!([3])).await.unwrap(), json!(1));
    assert_eq!(runtime.execute("math", "grow", json!([4])).await.unwrap(), json!(-1));
    assert_eq!(runtime.list_modules()[0].peak_memory_bytes, 4 * 65_536);
    let large = runtime.load_module("large", wasm("(module (memory 5))")).await;
    let ErrorKind::OutOfMemory { limit, asked } = kind(large) else { panic!("out of memory") };
    assert_eq!((limit, asked), (4 * 65_536, 5 * 65_536));
}

#[tokio::test]
async fn lesson_17_start_functions_have_the_limits_of_calls() {
    let endless = wasm("(module (func $start (loop $l (br $l))) (start $start))");
    let runtime = runtime(WasmConfig { fuel_limit: Some(1_000), ..Default::default() });
    let fuel = kind(soon(runtime.load_module("endless", &endless)).await);
    assert!(matches!(fuel, ErrorKind::OutOfFuel { limit: 1_000, .. }), "{fuel:?}");
    let traps = wasm("(module (func $start (unreachable)) (start $start))");
    assert!(matches!(kind(runtime.load_module("traps", traps).await), ErrorKind::Trap(_)));
    assert!(runtime.list_modules().is_empty());
}

#[tokio::test]
async fn each_module_has_its_own_limits() {
    let runtime = with_math(WasmConfig::default()).await;
    let small = ModuleConfig {
        max_memory_bytes: Some(2 * 65_536),
        fuel_limit: Some(200_000),
        max_concurrency: Some(1),
        reuse: Some(Reuse::Kept),
        ..Default::default()
    };
    runtime.load_module_with("small", math(), &small).await.unwrap();
    assert_eq!(runtime.execute("math", "grow", json!([2])).await.unwrap(), json!(1));
    assert_eq!(runtime.execute("small", "grow", json!([2])).await.unwrap(), json!(-1));
    assert!(matches!(kind(runtime.execute("small", "spin", json!([])).await), ErrorKind::OutOfFuel { .. }));
    let count = async |module| soon(runtime.execute(module, "count", json!([]))).await.unwrap();
    assert_eq!((count("math").await, count("math").await), (json!(1), json!(1)), "fresh each time");
    assert_eq!((count("small").await, count("small").await), (json!(1), json!(2)), "kept");
}

#[tokio::test]
async fn a_queue_is_bounded_in_number_and_time() {
    let config = WasmConfig {
        max_concurrency: 1,
        max_queue: 1,
        queue_timeout: Duration::from_millis(20),
        ..Default::default()
    };
    let runtime = with_math(config).await;
    let running = tokio::spawn(runtime.call("math", "spin", json!([])).into_future());
    until("it runs", || runtime.list_modules()[0].in_flight == 1).await;
    let waiting = tokio::spawn(runtime.call("math", "add", json!([1, 2])).into_future());
    until("one waits", || runtime.list_modules()[0].waiting == 1).await;
    let full = runtime.execute("math", "add", json!([1, 2])).await.unwrap_err();
    assert!(matches!(full.kind(), ErrorKind::QueueFull { limit: 1 }) && full.retryable());
    let late = soon(waiting).await.unwrap().unwrap_err();
    let ErrorKind::QueueTimeout { limit, waited } = late.kind() else { panic!("{late}") };
    assert!(late.retryable() && waited >= limit);
    running.abort();
    until("no call runs", || runtime.list_modules()[0].in_flight == 0).await;
    // Nobody waits, so nobody is refused.
    for _ in 0..10 {
        assert_eq!(soon(runtime.execute("math", "add", json!([1, 2]))).await.unwrap(), json!(3));
    }
}

#[tokio::test]
async fn threads_are_shared_by_all_modules() {
    let runtime = with_math(WasmConfig { max_threads: 1, ..Default::default() }).await;
    runtime.load_module("other", math()).await.unwrap();
    let running = tokio::spawn(runtime.call("math", "spin", json!([])).into_future());
    until("it runs", || runtime.list_modules()[0].in_flight == 1).await;
    let waiting = tokio::spawn(runtime.call("other", "add", json!([1, 2])).into_future());
    until("one waits", || runtime.list_modules()[1].waiting == 1).await;
    running.abort();
    assert_eq!(soon(waiting).await.unwrap().unwrap(), json!(3));
    assert_eq!(runtime.stats().threads, 1);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_by_its_field() {
    let of = |config| match kind(WasmRuntime::new(config)) {
        ErrorKind::Config { field, .. } => field,
        other => panic!("{other:?}"),
    };
    #[cfg(not(feature = "wasi"))]
    assert_eq!(of(WasmConfig { enable_wasi: true, ..Default::default() }), "enable_wasi");
    #[cfg(not(feature = "http"))]
    assert_eq!(of(WasmConfig { http: Some(Default::default()), ..Default::default() }), "http");
    assert_eq!(of(WasmConfig { max_threads: 0, ..Default::default() }), "max_threads");
    assert_eq!(of(WasmConfig { max_concurrency: 0, ..Default::default() }), "max_concurrency");
    assert_eq!(of(WasmConfig { max_compilations: 0, ..Default::default() }), "max_compilations");
    assert_eq!(of(WasmConfig { fuel_limit: Some(u64::MAX), ..Default::default() }), "fuel_limit");
    assert_eq!(
        of(WasmConfig { max_execution_time: Duration::ZERO, ..Default::default() }),
        "max_execution_time"
    );
    let call = runtime(WasmConfig::default()).call("math", "add", json!([1, 2])).fuel((1 << 62) + 1);
    assert!(matches!(kind(call.await), ErrorKind::Config { field: "Call::fuel", .. }));
    let long = Duration::from_millis(2);
    assert_eq!(of(WasmConfig { spin_time: long, ..Default::default() }), "spin_time");
    let zero = ModuleConfig { max_concurrency: Some(0), ..Default::default() };
    let refused = runtime(WasmConfig::default()).load_module_with("math", math(), &zero).await;
    assert!(matches!(kind(refused), ErrorKind::Config { field: "max_concurrency", .. }));
}
