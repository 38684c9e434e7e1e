//! Short calls, which are first tried on the thread of their caller.

mod common;

use aingle_wasm_runtime::{ErrorKind, WasmConfig, WasmRuntime};
use aingle_wasm_types::description::Kind;
use common::*;
use serde_json::json;
use std::pin::pin;

/// More fuel than an attempt has.
const MORE: u64 = 17_000;

/// A guest without host functions: `same` returns its argument, `units` as many units as its argument says, `long` does so after a while, `spin` never.
fn guest() -> Vec<u8> {
    let text = include_str!("../../../examples/guest-wat/guest.wat");
    let lookup = r#"(import "env" "lookup" (func $lookup (param i32 i32) (result i64)))"#;
    let echo = r#"(func (export "echo")"#;
    assert!(text.contains(lookup) && text.contains(echo), "the example has changed");
    let text = text
        .replace(lookup, "")
        .replace(echo, r#"(func $echo (export "echo") (export "same") (export "units")"#);
    let more = r#"(func $lookup (param i32 i32) (result i64) (i64.const 0))
        (func (export "long") (param i32 i32) (result i64) (local $left i32)
            (local.set $left (i32.const 100000))
            (loop $again (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
            (call $echo (local.get 0) (local.get 1)))
        (func (export "spin") (param i32 i32) (result i64) (loop $again (br $again)) (unreachable))"#;
    let units = described(Kind::Export, "units", "count", "(u32)", "[()]");
    let described =
        ["same", "long", "spin"].map(|name| described(Kind::Export, name, "text", "(str)", "str"));
    wasm(&format!("{} {more} {} {units})", text.rsplit_once(')').unwrap().0, described.concat()))
}

async fn loaded(config: WasmConfig) -> WasmRuntime {
    let runtime = runtime(config);
    runtime.load_module("guest", guest()).await.unwrap();
    // From now on its calls are known to be short.
    for number in 0..20 {
        assert_eq!(
            runtime.execute("guest", "same", json!([format!("{number}")])).await.unwrap(),
            json!(format!("{number}"))
        );
    }
    runtime
}

#[tokio::test]
async fn a_call_that_is_longer_than_an_attempt_is_made_once() {
    let runtime = loaded(WasmConfig::default()).await;
    let call = runtime.call("guest", "long", json!(["it"]));
    let handle = call.handle();
    assert_eq!(soon(call).await.unwrap(), json!("it"));
    assert!(handle.fuel_used().unwrap() > 100_000);
    let long = "ü".repeat(100_000);
    assert_eq!(soon(runtime.execute("guest", "same", json!([long]))).await.unwrap(), json!(long));
    let info = &runtime.list_modules()[0];
    assert_eq!((info.calls, info.failed, info.in_flight), (22, 0, 0));
}

/// A reply of a few bytes can be a value of many.
#[tokio::test]
async fn a_large_value_is_not_made_in_a_poll() {
    let runtime = loaded(WasmConfig::default()).await;
    for (count, in_poll) in [(100, true), (100_000, false)] {
        let mut call = pin!(runtime.execute("guest", "units", json!([count])));
        let at_once = tokio::select! {
            biased;
            units = &mut call => Some(units),
            () = std::future::ready(()) => None,
        };
        assert_eq!(at_once.is_some(), in_poll, "{count}");
        let units = match at_once {
            Some(units) => units,
            None => soon(call).await,
        };
        assert_eq!(units.unwrap().as_array().unwrap().len(), count);
    }
}

#[tokio::test]
async fn a_call_has_its_own_fuel_and_not_that_of_an_attempt() {
    let runtime = loaded(WasmConfig::default()).await;
    for limit in [1, 100, MORE] {
        let stopped = kind(soon(runtime.call("guest", "spin", json!([""])).fuel(limit)).await);
        let ErrorKind::OutOfFuel { limit: found, used } = stopped else { panic!("{stopped:?}") };
        assert!(found == limit && used >= limit, "{found}, {used}");
        assert_eq!(soon(runtime.execute("guest", "same", json!([""]))).await.unwrap(), json!(""));
    }
}

#[tokio::test]
async fn a_task_that_only_calls_lets_others_run() {
    let runtime = loaded(WasmConfig::default()).await;
    let caller = tokio::spawn(async move {
        loop {
            runtime.execute("guest", "same", json!([""])).await.unwrap();
        }
    });
    // On the only thread of this tokio runtime.
    for _ in 0..10 {
        soon(tokio::task::yield_now()).await;
    }
    caller.abort();
    assert!(soon(caller).await.unwrap_err().is_cancelled());
}
