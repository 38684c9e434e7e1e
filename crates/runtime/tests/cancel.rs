//! Calls that are told to end, at each place where a call can be.

mod common;

use aingle_wasm_runtime::{ErrorKind, WasmConfig, WasmRuntime};
use common::*;
use serde_json::json;
use std::future::IntoFuture;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

/// One place, so that a call that runs is seen by the next one, which waits for it.
fn one_place() -> WasmConfig {
    WasmConfig { max_concurrency: 1, max_execution_time: 2 * LONG, ..Default::default() }
}

/// All calls have ended, their threads are free, and the module works.
async fn is_free(runtime: &WasmRuntime, module: &str) {
    let in_flight =
        || runtime.list_modules().iter().map(|module| module.in_flight + module.waiting).sum::<usize>();
    until("no call runs", || in_flight() == 0).await;
    assert_eq!(runtime.stats().abandoned_threads, 0);
    let works = match module {
        "math" => runtime.execute("math", "add", json!([1, 2])),
        _ => runtime.execute("guest", "sum", json!([1, 2])),
    };
    assert_eq!(soon(works).await.unwrap(), json!(3));
}

/// A call that begins, on a task of its own.
fn spawned<T: Send + 'static>(
    call: aingle_wasm_runtime::Call<T>,
) -> tokio::task::JoinHandle<Result<T, aingle_wasm_runtime::RuntimeError>> {
    tokio::spawn(call.into_future())
}

#[tokio::test]
async fn a_loop_ends_by_its_handle_by_time_and_by_drop() {
    let runtime = with_math(one_place()).await;
    for function in ["spin", "fill"] {
        let arguments = if function == "fill" { json!([1_000_000]) } else { json!([]) };
        let call = runtime.call("math", function, arguments.clone());
        let handle = call.handle();
        let running = spawned(call);
        until("it runs", || runtime.list_modules()[0].in_flight == 1).await;
        handle.cancel();
        assert!(matches!(kind(soon(running).await.unwrap()), ErrorKind::Cancelled), "{function}");
        assert!(handle.is_stopped());
        is_free(&runtime, "math").await;

        let late = soon(runtime.call("math", function, arguments.clone()).timeout(20 * MS)).await;
        let ErrorKind::Timeout { limit, elapsed } = kind(late) else { panic!("a time-out") };
        assert!(limit == 20 * MS && elapsed >= limit);
        is_free(&runtime, "math").await;

        let running = spawned(runtime.call("math", function, arguments));
        until("it runs", || runtime.list_modules()[0].in_flight == 1).await;
        running.abort();
        is_free(&runtime, "math").await;
    }
}

#[tokio::test]
async fn a_host_function_that_blocks_is_told() {
    let (runtime, mut told) = with_guest(one_place(), false).await;
    let running = spawned(runtime.call_bytes("guest", "blocks", *b"1"));
    assert_eq!(soon(told.begun.recv()).await, Some("blocks"));
    running.abort();
    assert_eq!(soon(told.ended.recv()).await, Some("blocks"));
    is_free(&runtime, "guest").await;
    let late = soon(runtime.call_bytes("guest", "blocks", *b"1").timeout(20 * MS)).await;
    assert!(matches!(kind(late), ErrorKind::Timeout { .. }));
    is_free(&runtime, "guest").await;
}

#[tokio::test]
async fn a_host_function_that_is_a_future_is_dropped() {
    let (runtime, mut told) = with_guest(one_place(), false).await;
    for way in ["abort", "cancel", "time"] {
        let call = runtime.call_bytes("guest", "waits", *b"1");
        let call = if way == "time" { call.timeout(20 * MS) } else { call };
        let handle = call.handle();
        let running = spawned(call);
        assert_eq!(soon(told.begun.recv()).await, Some("waits"));
        match way {
            "abort" => running.abort(),
            "cancel" => handle.cancel(),
            _ => {}
        }
        assert_eq!(soon(told.ended.recv()).await, Some("waits"));
        match (way, soon(running).await) {
            ("abort", Err(error)) => assert!(error.is_cancelled()),
            ("cancel", Ok(result)) => assert!(matches!(kind(result), ErrorKind::Cancelled)),
            (_, Ok(result)) => assert!(matches!(kind(result), ErrorKind::Timeout { .. })),
            (way, result) => panic!("{way}: {result:?}"),
        }
        is_free(&runtime, "guest").await;
    }
}

#[tokio::test]
async fn lesson_18_a_host_function_that_does_not_listen_is_abandoned_and_counted() {
    let config = WasmConfig { stop_grace: 10 * MS, max_abandoned_threads: 1, ..one_place() };
    let (runtime, mut told) = with_guest(config, true).await;
    let late = soon(runtime.call_bytes("guest", "blocks", *b"1").timeout(20 * MS)).await;
    assert!(matches!(kind(late), ErrorKind::Timeout { .. }));
    assert_eq!(runtime.stats().abandoned_threads, 1);
    // Its place is another's.
    assert_eq!(soon(runtime.execute("guest", "sum", json!([1, 2]))).await.unwrap(), json!(3));
    // No more may be abandoned: the next one keeps its place.
    let running = spawned(runtime.call_bytes("guest", "blocks", *b"1"));
    assert_eq!((told.begun.recv().await, told.begun.recv().await), (Some("blocks"), Some("blocks")));
    running.abort();
    tokio::time::sleep(50 * MS).await;
    assert_eq!((runtime.stats().abandoned_threads, runtime.list_modules()[0].in_flight), (1, 1));
    // Both return at last, and their threads are free.
    for _ in 0..2 {
        told.release.send(()).unwrap();
    }
    until("none is abandoned", || runtime.stats().abandoned_threads == 0).await;
    is_free(&runtime, "guest").await;
}

#[tokio::test]
async fn a_call_in_the_queue_leaves_it() {
    let runtime = with_math(one_place()).await;
    let running = spawned(runtime.call("math", "spin", json!([])));
    until("it runs", || runtime.list_modules()[0].in_flight == 1).await;
    let call = runtime.call("math", "add", json!([1, 2]));
    let handle = call.handle();
    let waiting = spawned(call);
    let dropped = spawned(runtime.call("math", "add", json!([1, 2])));
    until("both wait", || runtime.list_modules()[0].waiting == 2).await;
    handle.cancel();
    assert!(matches!(kind(soon(waiting).await.unwrap()), ErrorKind::Cancelled));
    dropped.abort();
    until("none waits", || runtime.list_modules()[0].waiting == 0).await;
    assert_eq!(runtime.list_modules()[0].calls, 0, "neither ran");
    running.abort();
    is_free(&runtime, "math").await;
}

#[tokio::test]
async fn lesson_18_a_start_function_ends_by_drop_and_by_time() {
    let endless = wasm("(module (func $start (loop $l (br $l))) (start $start))");
    let config = WasmConfig { max_compilations: 1, ..one_place() };
    a_load_ends_by_drop_and_by_time(config, endless).await;
}

#[tokio::test]
async fn a_compilation_goes_on_and_its_result_is_dropped() {
    let runtime = runtime(WasmConfig { max_compile_time: MS, ..one_place() });
    let functions: String =
        (0..200).map(|at| format!("(func (export \"f{at}\") (result i32) (i32.const {at}))")).collect();
    let late = kind(soon(runtime.load_module("large", wasm(&format!("(module {functions})")))).await);
    assert!(matches!(late, ErrorKind::CompileTimeout { limit } if limit == MS));
    until("it is done", || runtime.stats().abandoned_loads == 0).await;
    assert_eq!((runtime.list_modules().len(), runtime.stats().modules), (0, 0));
}

/// `AINGLE_RUNTIME_SOAK` is the number of calls; without it there are six hundred.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_thread_is_lost_in_many_cancelled_calls() {
    let calls = std::env::var("AINGLE_RUNTIME_SOAK").map_or(600, |calls| calls.parse().expect("a number"));
    let config = WasmConfig { max_concurrency: 4, max_threads: 4, ..one_place() };
    let runtime = with_math(config).await;
    for _ in 0..calls / 600 {
        let tasks: Vec<_> = (0..600).map(|at| tokio::spawn(one_way(runtime.clone(), at))).collect();
        for task in tasks {
            soon(task).await.unwrap();
        }
    }
    is_free(&runtime, "math").await;
    assert!(runtime.stats().threads <= 4, "{:?}", runtime.stats());
}

/// Ends a call in one of the ways that there are.
async fn one_way(runtime: WasmRuntime, at: u32) {
    let call = runtime.call("math", "spin", json!([]));
    match at % 3 {
        0 => drop(tokio::time::timeout(MS, call.into_future()).await),
        1 => drop(call.timeout(MS).await),
        _ => {
            let handle = call.handle();
            let running = spawned(call);
            tokio::time::sleep(MS).await;
            handle.cancel();
            let _ = running.await;
        }
    }
}
