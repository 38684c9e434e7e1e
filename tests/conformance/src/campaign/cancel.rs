//! Calls that are cancelled at random moments. Each has its result or was stopped, and never both; a fresh instance of
//! the same module works.

use super::Counts;
use crate::stops;
use aingle_wasm_host::{
    EngineConfig, HostErrorKind, HostFunctions, InstancePool, Reuse, WasmEngine, WasmInstance,
};
use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};
use aingle_wasm_host_embedded::{Backend, CancelFlag, Error, Runtime, Trap};
use aingle_wasm_metering::Meter;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

pub(super) const TRIAL: super::Trial = super::Trial {
    name: "cancel",
    about: "calls cancelled at random moments: a result or a stop, never both, on every engine",
    bounded: 40,
    run,
};

/// The next number of a sequence.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// A guest whose `work` runs some loops so many times, and answers only if it counted right.
fn guest(state: &mut u64, iterations: u64) -> Vec<u8> {
    let outer = 1 + next(state) % 50;
    let inner = (iterations / outer).max(1);
    let body = match next(state) % 4 {
        0 => "(global.set $n (i32.add (global.get $n) (i32.const 1)))",
        1 => "(i32.store (i32.const 3000) (global.get $n)) (global.set $n (call $next (i32.load (i32.const 3000))))",
        2 => "(global.set $n (call_indirect (type $t) (global.get $n) (i32.const 0)))",
        _ => {
            "(if (i32.and (local.get $j) (i32.const 1)) (then (nop)) (else (i32.store (i32.const 3000) (local.get $i))))
             (global.set $n (i32.add (global.get $n) (i32.const 1)))"
        }
    };
    stops::guest(&format!(
        r#"(global $n (mut i32) (i32.const 0)) (type $t (func (param i32) (result i32)))
           (table 1 funcref) (elem (i32.const 0) $next)
           (func $next (type $t) (i32.add (local.get 0) (i32.const 1)))
           (func (export "work") (param i32 i32) (result i64) (local $i i32) (local $j i32)
               (global.set $n (i32.const 0))
               (local.set $i (i32.const {outer}))
               (loop $o
                   (local.set $j (i32.const {inner}))
                   (loop $l {body} (br_if $l (local.tee $j (i32.sub (local.get $j) (i32.const 1)))))
                   (br_if $o (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
               (if (i32.ne (global.get $n) (i32.const {count})) (then unreachable))
               (i64.const 0x8000000000d))"#,
        count = outer * inner
    ))
}

fn run(seed: u64, counts: &mut Counts) -> Result<(), String> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1_e995;
    // Compiled code is some hundred times as fast.
    let faster = if seed % 5 < 2 { 6 } else { 0 };
    let iterations = 1 << (6 + faster + next(&mut state) % 15);
    let wasm = guest(&mut state, iterations);
    let limited = Meter::default().interruptible().instrument(&wasm).map_err(|error| error.to_string())?;
    let delay = Duration::from_micros(next(&mut state) % 3000);
    match seed % 5 {
        0 => on_wasmer(&wasm, delay, counts),
        1 => in_a_pool(&wasm, delay, counts),
        2 => {
            let config =
                SpacewasmConfig { trust_carried_limits: true, fuel: Some(1 << 50), ..Default::default() };
            embedded("spacewasm", || Spacewasm::new(config), &limited, delay, counts, |_| || ())
        }
        3 => {
            let config = WasmiConfig {
                trust_carried_limits: true,
                fuel: Some(1 << 50),
                interruptible: true,
                ..Default::default()
            };
            embedded("wasmi", || Wasmi::new(config), &limited, delay, counts, |_| || ())
        }
        _ => {
            let config =
                Wasm3Config { trust_carried_limits: true, fuel: Some(1 << 50), ..Default::default() };
            embedded(
                "wasm3",
                || Wasm3::new(config),
                &limited,
                delay,
                counts,
                |runtime| {
                    let mut stopper = runtime.engine_mut().stopper();
                    move || stopper.poll()
                },
            )
        }
    }
}

/// Cancels after a delay, and goes on until told that the call has ended. Returns when it was asked.
fn cancel_after(
    delay: Duration,
    cancel: impl FnOnce() + Send + 'static,
    mut again: impl FnMut() + Send + 'static,
) -> impl FnOnce() -> Result<Instant, String> {
    let (ended, ending) = std::sync::mpsc::channel::<()>();
    let other = thread::spawn(move || {
        thread::sleep(delay);
        let asked = Instant::now();
        cancel();
        while ending.recv_timeout(Duration::from_millis(1)) == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
        {
            again();
        }
        asked
    });
    move || {
        drop(ended);
        other.join().map_err(|_| "the other thread panicked".to_owned())
    }
}

fn engine() -> Result<WasmEngine, String> {
    let config = EngineConfig { metering_limit: 1 << 50, deadline: None, ..Default::default() };
    WasmEngine::new(config).map_err(|error| error.to_string())
}

fn on_wasmer(wasm: &[u8], delay: Duration, counts: &mut Counts) -> Result<(), String> {
    let engine = engine()?;
    let module = engine.compile(wasm).map_err(|error| error.to_string())?;
    let mut instance = WasmInstance::new(&engine, &module).map_err(|error| error.to_string())?;
    instance.call_raw("nothing", b"").map_err(|error| error.to_string())?;
    let handle = instance.cancel_handle();
    let ended = cancel_after(delay, move || handle.cancel(), || ());
    let result = instance.call_raw("work", b"");
    let (now, asked) = (Instant::now(), ended()?);
    let stopped = match result {
        Ok(reply) if reply == b"i" && !instance.is_poisoned() => false,
        Err(error) if *error.kind() == HostErrorKind::Cancelled && instance.is_poisoned() => true,
        other => return Err(format!("wasmer: {other:?}, poisoned {}", instance.is_poisoned())),
    };
    note("wasmer", stopped, now.saturating_duration_since(asked), counts);
    let mut fresh = WasmInstance::new(&engine, &module).map_err(|error| error.to_string())?;
    fresh.call_raw("work", b"").map(drop).map_err(|error| format!("wasmer, fresh: {error}"))
}

fn in_a_pool(wasm: &[u8], delay: Duration, counts: &mut Counts) -> Result<(), String> {
    let engine = engine()?;
    let module = engine.compile(wasm).map_err(|error| error.to_string())?;
    let pool = InstancePool::new(&engine, &module, Arc::new(HostFunctions::new()), 1, Reuse::Kept, || ());
    let mut taken = pool.take().map_err(|error| error.to_string())?;
    let handle = taken.cancel_handle();
    let ended = cancel_after(delay, move || handle.cancel(), || ());
    let stopped = taken.call_raw("work", b"").is_err();
    drop(taken);
    // The handle is of no effect on whoever comes next, whenever it is used.
    let mut next = pool.take().map_err(|error| error.to_string())?;
    next.call_raw("work", b"").map_err(|error| format!("pool, the next: {error}"))?;
    ended()?;
    counts.count(if stopped { "stopped in a pool" } else { "ended in a pool" });
    Ok(())
}

fn embedded<'m, B: Backend, P: FnMut() + Send + 'static>(
    name: &'static str,
    backend: impl Fn() -> B,
    wasm: &'m [u8],
    delay: Duration,
    counts: &mut Counts,
    poll: impl FnOnce(&mut Runtime<'m, B>) -> P,
) -> Result<(), String> {
    let mut runtime = Runtime::new(backend(), wasm).map_err(|error| error.to_string())?;
    let flag: Arc<CancelFlag> = runtime.cancel_handle().map_err(|error| error.to_string())?;
    let ended = cancel_after(delay, move || flag.cancel(), poll(&mut runtime));
    let result = runtime.call_raw("work", b"").map(<[u8]>::to_vec);
    let (now, asked) = (Instant::now(), ended()?);
    let stopped = match result {
        Ok(reply) if reply == b"i" && !runtime.is_poisoned() => false,
        Err(Error::Trap(Trap::Cancelled)) if runtime.is_poisoned() => true,
        other => return Err(format!("{name}: {other:?}, poisoned {}", runtime.is_poisoned())),
    };
    note(name, stopped, now.saturating_duration_since(asked), counts);
    let mut fresh = Runtime::new(backend(), wasm).map_err(|error| error.to_string())?;
    fresh.call_raw("work", b"").map(drop).map_err(|error| format!("{name}, fresh: {error}"))
}

fn note(name: &'static str, stopped: bool, late: Duration, counts: &mut Counts) {
    counts.count(format!("{} on {name}", if stopped { "stopped" } else { "ended" }));
    if stopped {
        counts.largest(name, late.as_micros() as u64);
    }
}
