//! Calls from tasks of tokio.

use crate::{Failure, TIME};
use aingle_wasm_runtime::{Reuse, WasmConfig, WasmRuntime};
use extism::{Manifest, Plugin, PluginBuilder, Wasm};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::task::{JoinHandle, spawn, spawn_blocking};

/// Two runtimes with the guest: the one resets an instance for each call, the other keeps it as it is.
pub async fn runtimes(guest: &[u8], tasks: usize) -> Result<(WasmRuntime, WasmRuntime), Failure> {
    Ok((runtime(guest, tasks, Reuse::Fresh).await?, runtime(guest, tasks, Reuse::Kept).await?))
}

/// A runtime with the guest, in which so many calls run at once.
pub async fn runtime(guest: &[u8], calls: usize, reuse: Reuse) -> Result<WasmRuntime, Failure> {
    let usual = WasmConfig::default();
    let max_concurrency = calls.min(usual.max_concurrency);
    let runtime = WasmRuntime::new(WasmConfig { max_concurrency, reuse, ..usual })?;
    runtime.load_module("sum", guest).await?;
    Ok(runtime)
}

/// A plug-in for each task. Extism keeps its instance between calls.
pub fn plugins(plugin: &[u8], tasks: usize) -> Result<Vec<Arc<Mutex<Plugin>>>, Failure> {
    let made = |_| {
        let manifest = Manifest::new([Wasm::data(plugin)]);
        Ok(Arc::new(Mutex::new(PluginBuilder::new(manifest).build()?)))
    };
    (0..tasks).map(made).collect()
}

/// Calls a runtime from so many tasks, and returns how often.
pub async fn execute(runtime: &WasmRuntime, tasks: usize) -> Result<u64, Failure> {
    let task = |_| {
        let (runtime, began) = (runtime.clone(), Instant::now());
        spawn(async move {
            let mut calls = 0;
            while began.elapsed() < TIME {
                check(&runtime.execute("sum", "sum", json!([5, 3])).await?)?;
                calls += 1;
            }
            Ok(calls)
        })
    };
    sum((0..tasks).map(task).collect()).await
}

/// Calls plug-ins, each from a task, and returns how often. A call makes its JSON and reads it, as a runtime does.
pub async fn extism(plugins: &[Arc<Mutex<Plugin>>]) -> Result<u64, Failure> {
    let task = |plugin: &Arc<Mutex<Plugin>>| {
        let (plugin, began) = (Arc::clone(plugin), Instant::now());
        spawn(async move {
            let mut calls = 0;
            while began.elapsed() < TIME {
                let plugin = Arc::clone(&plugin);
                check(&spawn_blocking(move || call(&plugin)).await??)?;
                calls += 1;
            }
            Ok(calls)
        })
    };
    sum(plugins.iter().map(task).collect()).await
}

fn call(plugin: &Mutex<Plugin>) -> Result<Value, Failure> {
    let mut plugin = plugin.lock().unwrap_or_else(PoisonError::into_inner);
    let reply: &str = plugin.call("sum", json!([5, 3]).to_string())?;
    Ok(serde_json::from_str(reply)?)
}

fn check(result: &Value) -> Result<(), Failure> {
    if *result == json!(8) { Ok(()) } else { Err(format!("5 + 3 is {result}").into()) }
}

/// Returns what tasks did, together.
pub async fn sum(tasks: Vec<JoinHandle<Result<u64, Failure>>>) -> Result<u64, Failure> {
    let mut all = 0;
    for task in tasks {
        all += task.await??;
    }
    Ok(all)
}
