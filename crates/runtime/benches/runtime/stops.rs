//! How soon calls end.

use crate::common::{MATH, functions, guest, wasm};
use aingle_wasm_runtime::{Call, WasmConfig, WasmRuntime};
use serde_json::json;
use std::future::IntoFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

const MS: Duration = Duration::from_millis(1);
const ROUNDS: usize = 300;

/// Prints a table, while so many other threads compute.
pub async fn print(busy: usize) {
    let load = Load::start(busy);
    println!("\nfrom drop to a free thread, beside {busy} threads that compute\n");
    println!(
        "| where the call is | rounds | p50 | p99 | longest | p99 over a bare thread |\n|---|---:|---:|---:|---:|---:|"
    );
    let computes = bare(ROUNDS, |told| while !told.load(Relaxed) {}).await;
    let sleeps = bare(ROUNDS, |told| {
        while !told.load(Relaxed) {
            thread::park()
        }
    })
    .await;
    let (computes, sleeps) = (
        row("nowhere: a bare thread that computes", computes, None),
        row("nowhere: a bare thread that sleeps", sleeps, None),
    );
    let math = one_place("math", &wasm(MATH)).await;
    row("in a loop", calls(&math, ROUNDS, || math.call("math", "spin", json!([]))).await, Some(computes));
    let fill = |pages: u64| {
        MATH.replace("1000)", &format!("{pages})")).replace("65536000", &(pages << 16).to_string())
    };
    for (name, pages, rounds) in [("64 MiB", 1023, 100), ("1 GiB", 16_383, 20)] {
        let module = one_place("fill", &wasm(&fill(pages))).await;
        let times = calls(&module, rounds, || module.call("fill", "fill", json!([1_000_000]))).await;
        row(&format!("in `memory.fill` of {name}, again and again"), times, Some(computes));
    }
    let (functions, mut told) = functions(false);
    let guests = WasmRuntime::with_functions(config(), functions).expect("a runtime");
    guests.load_module("guest", guest()).await.expect("a module");
    for (function, name) in
        [("waits", "in an async host function"), ("blocks", "in a host function that asks each ms")]
    {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let call = guests.call_bytes("guest", function, *b"1");
            let next = || guests.call_bytes("guest", "echo", *b"1");
            let running = tokio::spawn(call.into_future());
            told.begun.recv().await;
            times.push(drop_running(running, next).await);
        }
        row(name, times, Some(sleeps));
    }
    #[cfg(feature = "wasi")]
    row("in a loop of a component", wasi().await, Some(computes));
    row("in the start function of a load", starts(100).await, Some(computes));
    row("in the queue", queued(&math).await, None);
    load.stop();
}

fn config() -> WasmConfig {
    WasmConfig {
        max_concurrency: 1,
        max_threads: 1,
        max_memory_bytes: 1 << 30,
        max_execution_time: Duration::from_secs(1000),
        ..Default::default()
    }
}

async fn one_place(name: &str, module: &[u8]) -> WasmRuntime {
    let runtime = WasmRuntime::new(config()).expect("a runtime");
    runtime.load_module(name, module).await.expect("a module");
    runtime
}

async fn calls<T: Send + 'static>(
    runtime: &WasmRuntime,
    rounds: usize,
    call: impl Fn() -> Call<T>,
) -> Vec<Duration> {
    let module = runtime.list_modules().remove(0).name;
    let mut times = Vec::new();
    for round in 0..rounds {
        let running = tokio::spawn(call().into_future());
        // Somewhere in the loop.
        tokio::time::sleep(MS * (2 + round as u32 % 7)).await;
        times.push(drop_running(running, || runtime.call(&module, "nothing", json!([]))).await);
    }
    times
}

/// Drops a call that has the only place, and waits for the next one.
async fn drop_running<A: Send + 'static, B: Send + std::fmt::Debug + 'static>(
    running: tokio::task::JoinHandle<A>,
    next: impl Fn() -> Call<B>,
) -> Duration {
    let next = tokio::spawn(next().into_future());
    tokio::time::sleep(MS).await;
    let dropped = Instant::now();
    running.abort();
    next.await.expect("a task").expect("a result");
    dropped.elapsed()
}

/// What the system takes for the same, without modules: a task is dropped, which tells a thread, and a task that waits for the thread
/// ends.
async fn bare(rounds: usize, wait: fn(&AtomicBool)) -> Vec<Duration> {
    let mut times = Vec::new();
    for round in 0..rounds {
        let told = Arc::new(AtomicBool::new(false));
        let (reply, answer) = tokio::sync::oneshot::channel();
        let seen = Arc::clone(&told);
        let thread = thread::spawn(move || {
            wait(&seen);
            let _ = reply.send(());
        });
        let tells = Tells(told, thread.thread().clone());
        let running = tokio::spawn(async move {
            let _tells = tells;
            std::future::pending::<()>().await;
        });
        let next = tokio::spawn(answer);
        tokio::time::sleep(MS * (3 + round as u32 % 7)).await;
        let dropped = Instant::now();
        running.abort();
        next.await.expect("a task").expect("an answer");
        times.push(dropped.elapsed());
        thread.join().expect("it only waits");
    }
    times
}

/// Tells a thread when it is dropped.
struct Tells(Arc<AtomicBool>, thread::Thread);

impl Drop for Tells {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
        self.1.unpark();
    }
}

/// A component in a loop.
#[cfg(feature = "wasi")]
async fn wasi() -> Vec<Duration> {
    let component = r#"(component
        (core module $m (func (export "spin") (loop $l (br $l))) (func (export "nothing")))
        (core instance $i (instantiate $m))
        (func (export "spin") (canon lift (core func $i "spin")))
        (func (export "nothing") (canon lift (core func $i "nothing"))))"#;
    let runtime = WasmRuntime::new(WasmConfig { enable_wasi: true, ..config() }).expect("a runtime");
    runtime.load_module("part", &wasm(component)).await.expect("a module");
    calls(&runtime, ROUNDS, || runtime.call("part", "spin", json!([]))).await
}

async fn starts(rounds: usize) -> Vec<Duration> {
    let endless = wasm("(module (func $start (loop $l (br $l))) (start $start))");
    let runtime = WasmRuntime::new(config()).expect("a runtime");
    let mut times = Vec::new();
    for _ in 0..rounds {
        let load = tokio::spawn({
            let (runtime, endless) = (runtime.clone(), endless.clone());
            async move { runtime.load_module("endless", endless).await }
        });
        tokio::time::sleep(20 * MS).await;
        let dropped = Instant::now();
        load.abort();
        while !load.is_finished() || runtime.stats().abandoned_loads > 0 {
            tokio::time::sleep(MS / 10).await;
        }
        times.push(dropped.elapsed());
    }
    times
}

async fn queued(runtime: &WasmRuntime) -> Vec<Duration> {
    let running = tokio::spawn(runtime.call("math", "spin", json!([])).into_future());
    tokio::time::sleep(5 * MS).await;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let waiting = tokio::spawn(runtime.call("math", "nothing", json!([])).into_future());
        tokio::time::sleep(MS).await;
        let dropped = Instant::now();
        waiting.abort();
        let _ = waiting.await;
        times.push(dropped.elapsed());
    }
    running.abort();
    times
}

/// Prints the times of a row, and returns the 99th of a hundred.
fn row(name: &str, mut times: Vec<Duration>, bare: Option<Duration>) -> Duration {
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part).round() as usize];
    let (p50, p99, longest) = (in_words(at(0.5)), in_words(at(0.99)), in_words(at(1.0)));
    let over = bare.map_or_else(String::new, |bare| in_words(at(0.99).saturating_sub(bare)));
    println!("| {name} | {} | {p50} | {p99} | {longest} | {over} |", times.len());
    at(0.99)
}

fn in_words(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

/// Threads that compute.
struct Load {
    stop: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Load {
    fn start(count: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let spin = |stop: Arc<AtomicBool>| move || while !stop.load(Relaxed) {};
        let threads = (0..count).map(|_| thread::spawn(spin(Arc::clone(&stop)))).collect();
        Self { stop, threads }
    }

    fn stop(self) {
        self.stop.store(true, Relaxed);
        self.threads.into_iter().for_each(|thread| thread.join().expect("it only computes"));
    }
}
