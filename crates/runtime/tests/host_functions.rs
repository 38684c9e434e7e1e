//! What guests call.

mod common;

use aingle_wasm_runtime::{ErrorKind, HostContext, WasmConfig, WasmRuntime};
use common::*;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn h04_async_functions_are_typed_and_driven_by_tokio() {
    let (runtime, _told) = with_guest(WasmConfig::default(), false).await;
    assert_eq!(soon(runtime.execute("guest", "later", json!([5]))).await.unwrap(), json!(6));
    let mut tasks = Vec::new();
    for millis in 0..20 {
        let runtime = runtime.clone();
        tasks.push(tokio::spawn(async move { runtime.execute("guest", "later", json!([millis])).await }));
    }
    for (millis, task) in tasks.into_iter().enumerate() {
        assert_eq!(soon(task).await.unwrap().unwrap(), json!(millis + 1));
    }
}

#[test]
fn a_tokio_runtime_of_one_thread_drives_them_too() {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    tokio.block_on(async {
        let (runtime, _told) = with_guest(WasmConfig::default(), false).await;
        assert_eq!(soon(runtime.execute("guest", "later", json!({"millis": 3}))).await.unwrap(), json!(4));
    });
}

#[tokio::test]
async fn a_function_of_other_types_is_refused_when_the_module_is_loaded() {
    let mut functions = aingle_wasm_runtime::HostFunctions::new();
    for name in ["lookup", "blocks", "waits"] {
        functions.register_bytes(name, |_, bytes| Ok(bytes.to_vec())).unwrap();
    }
    functions.register_async("later", |_: HostContext, (_,): (u64,)| async { 1_u32 }).unwrap();
    let runtime = WasmRuntime::with_functions(WasmConfig::default(), functions).unwrap();
    let error = runtime.load_module("guest", guest()).await.unwrap_err();
    assert!(error.to_string().contains("types of `later` differ"), "{error}");
}

#[tokio::test]
async fn a_panic_of_a_host_function_ends_the_call_alone() {
    let mut functions = aingle_wasm_runtime::HostFunctions::new();
    let panics =
        |context: &HostContext, _: &[u8]| -> Result<Vec<u8>, _> { panic!("in {}", context.module()) };
    functions.register_bytes("blocks", panics).unwrap();
    functions.register_async_bytes("waits", |_, _| async { panic!("in a future") }).unwrap();
    functions.register_bytes("lookup", |_, bytes| Ok(bytes.to_vec())).unwrap();
    functions.register("later", |_: &mut HostContext, millis: u32| millis).unwrap();
    assert!(matches!(
        kind(functions.register("later", |_: &mut HostContext| 1_u8)),
        ErrorKind::Registration(_)
    ));
    let runtime = WasmRuntime::with_functions(WasmConfig::default(), functions).unwrap();
    runtime.load_module("guest", guest()).await.unwrap();
    for (function, said) in [("blocks", "in guest"), ("waits", "in a future")] {
        let ended = kind(soon(runtime.execute_bytes("guest", function, *b"1")).await);
        assert!(matches!(&ended, ErrorKind::HostPanic { message } if message == said), "{ended:?}");
    }
    assert_eq!(runtime.execute("guest", "sum", json!([1, 2])).await.unwrap(), json!(3));
}

#[tokio::test]
async fn a_host_function_knows_the_time_that_is_left() {
    let mut functions = aingle_wasm_runtime::HostFunctions::new();
    functions.register_bytes("lookup", |_, bytes| Ok(bytes.to_vec())).unwrap();
    functions.register_bytes("waits", |_, bytes| Ok(bytes.to_vec())).unwrap();
    functions.register("later", |_: &mut HostContext, millis: u32| millis).unwrap();
    let left = |context: &HostContext, _: &[u8]| {
        let left = context.time_left();
        assert!(left > Duration::ZERO && left <= Duration::from_secs(100), "{left:?}");
        Ok(vec![])
    };
    functions.register_bytes("blocks", left).unwrap();
    let config = WasmConfig { max_execution_time: Duration::from_secs(100), ..Default::default() };
    let runtime = WasmRuntime::with_functions(config, functions).unwrap();
    runtime.load_module("guest", guest()).await.unwrap();
    soon(runtime.execute_bytes("guest", "blocks", *b"")).await.unwrap();
}
