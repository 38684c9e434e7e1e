//! How many calls there are in a second.

use crate::common::{functions, guest};
use aingle_wasm_host::prelude::*;
use aingle_wasm_runtime::{WasmConfig, WasmRuntime};
use aingle_wasm_values::{Function, Limits, Reply};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long each kind of call is repeated.
const TIME: Duration = Duration::from_secs(3);

/// Prints a table of a small typed call, `sum(a: i32, b: i32) -> i32`.
pub async fn print() {
    println!("\n`sum(a: i32, b: i32) -> i32`, JSON in and out\n");
    println!(
        "| how | calls a second | time of one, as many at once | times the synchronous call |\n|---|---:|---:|---:|"
    );
    let (typed, wrapped) = (synchronous_typed(), synchronous_json());
    row("typed handle, one kept instance, no JSON", typed, wrapped);
    row("synchronous: pool, JSON, call, JSON; one thread", wrapped, wrapped);
    let usual = WasmConfig::default().max_concurrency;
    for (tasks, at_once) in [(1, usual), (8, usual), (8, 8), (64, usual), (64, 64)] {
        let runtime = runtime(at_once).await;
        let how = format!("`execute` from {tasks} tasks, `max_concurrency` {at_once}");
        row(&how, asynchronous(&runtime, tasks).await, wrapped);
    }
    for tasks in [1, 8, 64] {
        let how = format!("`spawn_blocking` of the synchronous call from {tasks} tasks");
        row(&how, blocking(tasks).await, wrapped);
    }
}

/// Calls, their time, and how many there were at once.
type Measured = (u64, Duration, u64);

fn row(how: &str, (calls, took, at_once): Measured, (other, others, _): Measured) {
    let rate = |calls: u64, took: Duration| calls as f64 / took.as_secs_f64();
    let each = took.as_secs_f64() / calls as f64 * at_once as f64 * 1e6;
    let times = rate(other, others) / rate(calls, took);
    println!("| {how} | {:.0} | {each:.2} µs | {times:.2} x |", rate(calls, took));
}

fn repeat(mut call: impl FnMut()) -> Measured {
    let (began, mut calls) = (Instant::now(), 0);
    while began.elapsed() < TIME {
        (0..100).for_each(|_| call());
        calls += 100;
    }
    (calls, began.elapsed(), 1)
}

fn pool() -> InstancePool {
    let engine = WasmEngine::new(EngineConfig::default()).expect("an engine");
    let module = engine.compile(&guest()).expect("a module");
    let mut functions = HostFunctions::new();
    for name in ["lookup", "blocks", "waits", "later"] {
        functions.register_raw(name, |(): &mut (), _: &[u8], _: &mut Response<'_>| Ok(())).expect("a name");
    }
    InstancePool::new(&engine, &module, Arc::new(functions), 64, Reuse::Fresh, || ())
}

fn synchronous_typed() -> Measured {
    let mut instance = pool().take().expect("an instance");
    let sum = instance.func::<(i32, i32), i32>("sum").expect("a handle");
    repeat(|| assert_eq!(sum.call(&mut instance, (5, 3)).expect("a result"), 8))
}

fn one(pool: &InstancePool, sum: &Function) {
    let mut instance = pool.take().expect("an instance");
    let request = sum.encode_arguments(&json!([5, 3]).to_string()).expect("arguments");
    let reply = instance.call_raw("sum", &request).expect("a reply");
    let Ok(Reply::Value(json)) = sum.decode_reply(&reply, Limits::default()) else { panic!("a value") };
    assert_eq!(serde_json::from_str::<Value>(&json).expect("JSON"), json!(8));
}

fn sum() -> Function {
    Function::new("sum", "a,b", "(i32, i32)", "i32").expect("a function")
}

fn synchronous_json() -> Measured {
    let (pool, sum) = (pool(), sum());
    repeat(|| one(&pool, &sum))
}

async fn runtime(at_once: usize) -> WasmRuntime {
    let (functions, _) = functions(false);
    let config = WasmConfig {
        max_concurrency: at_once,
        max_threads: at_once.max(WasmConfig::default().max_threads),
        ..Default::default()
    };
    let runtime = WasmRuntime::with_functions(config, functions).expect("a runtime");
    runtime.load_module("guest", guest()).await.expect("a module");
    runtime
}

async fn asynchronous(runtime: &WasmRuntime, tasks: u64) -> Measured {
    let began = Instant::now();
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let runtime = runtime.clone();
            tokio::spawn(async move {
                let mut calls = 0;
                while began.elapsed() < TIME {
                    assert_eq!(
                        runtime.execute("guest", "sum", json!([5, 3])).await.expect("a result"),
                        json!(8)
                    );
                    calls += 1;
                }
                calls
            })
        })
        .collect();
    counted(tasks, began).await
}

async fn blocking(tasks: u64) -> Measured {
    let (pool, sum, began) = (pool(), Arc::new(sum()), Instant::now());
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let (pool, sum) = (pool.clone(), Arc::clone(&sum));
            tokio::spawn(async move {
                let mut calls = 0;
                while began.elapsed() < TIME {
                    let (pool, sum) = (pool.clone(), Arc::clone(&sum));
                    tokio::task::spawn_blocking(move || one(&pool, &sum)).await.expect("a result");
                    calls += 1;
                }
                calls
            })
        })
        .collect();
    counted(tasks, began).await
}

async fn counted(tasks: Vec<tokio::task::JoinHandle<u64>>, began: Instant) -> Measured {
    let at_once = tasks.len() as u64;
    let mut calls = 0;
    for task in tasks {
        calls += task.await.expect("a task");
    }
    (calls, began.elapsed(), at_once)
}
