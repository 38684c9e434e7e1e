//! Many mixed calls from many tasks. `AINGLE_RUNTIME_SOAK` is their number; without it there are three thousand.

mod common;

use aingle_wasm_runtime::{ErrorKind, WasmConfig, WasmRuntime};
use common::*;
use serde_json::json;
use std::future::IntoFuture;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);
const TASKS: u64 = 16;

/// Numbers that look random, and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// One call of one of many kinds, whose result is checked.
async fn one(runtime: &WasmRuntime, numbers: &mut Numbers) {
    let (left, right) = (numbers.below(1000), numbers.below(1000));
    match numbers.below(12) {
        0..=3 => {
            let sum = runtime.execute("math", "add", json!({"left": left, "right": right})).await;
            assert_eq!(sum.unwrap(), json!(left + right));
        }
        4..=5 => {
            let sum = runtime.execute("guest", "sum", json!([left, right])).await;
            assert_eq!(sum.unwrap(), json!(left + right));
        }
        6 => {
            let bytes = vec![7; (left * right) as usize % 100_000];
            assert_eq!(runtime.execute_bytes("guest", "echo", bytes.clone()).await.unwrap(), bytes);
        }
        7 => {
            let count = runtime.execute("math", "count", json!([])).await;
            assert_eq!(count.unwrap(), json!(1), "an instance has something of another call");
        }
        8 => assert!(matches!(kind(runtime.execute("math", "abort", json!([])).await), ErrorKind::Trap(_))),
        9 => {
            let fuel = kind(runtime.call("math", "spin", json!([])).fuel(10_000).await);
            assert!(matches!(fuel, ErrorKind::OutOfFuel { limit: 10_000, .. }), "{fuel:?}");
        }
        10 => {
            let late = kind(runtime.call("math", "spin", json!([])).timeout(MS).await);
            assert!(matches!(late, ErrorKind::Timeout { .. }), "{late:?}");
        }
        _ => {
            let call = runtime.call_bytes("guest", if left % 2 == 0 { "waits" } else { "blocks" }, *b"1");
            let _ = tokio::time::timeout(MS, call.into_future()).await;
        }
    }
}

/// Loads, replaces and unloads modules all the while.
async fn reload(runtime: &WasmRuntime) {
    loop {
        runtime.replace_module("math", math()).await.unwrap();
        runtime.replace_module("guest", guest()).await.unwrap();
        runtime.load_module("other", math()).await.unwrap();
        assert_eq!(runtime.execute("other", "add", json!([1, 2])).await.unwrap(), json!(3));
        runtime.unload_module("other").unwrap();
        tokio::time::sleep(20 * MS).await;
    }
}

async fn calls(runtime: &WasmRuntime, number: u64) {
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (runtime, mut numbers) = (runtime.clone(), Numbers(0x9e37_79b9_7f4a_7c15 ^ task));
            tokio::spawn(async move {
                for _ in 0..number / TASKS {
                    one(&runtime, &mut numbers).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// Resident memory of this process, in kB; 0 where the system does not tell it.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

/// How many threads of the runtime this process has.
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| ["aingle-guest", "aingle-load"].contains(&name.trim())).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_mixed_calls_leave_nothing_behind() {
    let number =
        std::env::var("AINGLE_RUNTIME_SOAK").map_or(3_000, |number| number.parse().expect("a number"));
    let (functions, told) = functions(false);
    // Nobody reads what host functions tell here.
    drop(told);
    let config = WasmConfig { max_execution_time: LONG, max_concurrency: 4, ..Default::default() };
    let runtime = WasmRuntime::with_functions(config, functions).unwrap();
    runtime.load_module("math", math()).await.unwrap();
    runtime.load_module("guest", guest()).await.unwrap();
    let reloading = tokio::spawn({
        let runtime = runtime.clone();
        async move { reload(&runtime).await }
    });
    calls(&runtime, number / 3).await;
    let memory = resident();
    assert!(!cfg!(target_os = "linux") || threads() > 0);
    calls(&runtime, number - number / 3).await;
    reloading.abort();
    let in_flight =
        || runtime.list_modules().iter().map(|module| module.in_flight + module.waiting).sum::<usize>();
    until("all have ended", || in_flight() == 0 && runtime.stats().abandoned_loads == 0).await;
    let stats = runtime.stats();
    assert_eq!(stats.abandoned_threads, 0);
    assert!(stats.threads <= runtime.config().max_threads, "{stats:?}");
    let grown = resident().saturating_sub(memory);
    println!(
        "{number} calls: resident memory {memory} kB after a third, {grown} kB more at the end; {stats:?}"
    );
    assert!(grown < 32 * 1024, "resident memory has grown by {grown} kB");
    drop(runtime);
    until("no thread is left", || threads() == 0).await;
}
