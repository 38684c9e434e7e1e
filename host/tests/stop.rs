//! Calls that are stopped from outside: deadlines and cancel handles.

mod common;

use aingle_wasm_host::prelude::*;
use aingle_wasm_host::{LoadError, Trap, call_stopped, call_time_left};
use common::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const MS: Duration = Duration::from_millis(1);
/// Far more than anything here takes to stop, on a machine that does much else.
const LATE: Duration = Duration::from_secs(20);

/// Functions that do not end by themselves within any test's timeout, each in another way. No loop of `quiet` has a call
/// in it, so that its counter is never read anew; `fills` is in a bulk operation nearly all the time.
const ENDLESS: &str = r#"
    (func (export "quiet") (param i32 i32) (result i64)
        (loop $l (br_if $l (i32.load (i32.const 8))) (br $l)) (i64.const 0))
    (func (export "short") (param i32 i32) (result i64)
        (loop $l (br_if $l (i32.or (local.tee 0 (i32.add (local.get 0) (i32.const 2))) (i32.const 1)))) (i64.const 0))
    (func $f (param i32) (result i32) (local.get 0))
    (func (export "calls") (param i32 i32) (result i64) (loop $l (drop (call $f (i32.const 1))) (br $l)) (i64.const 0))
    (func (export "fills") (param i32 i32) (result i64)
        (drop (memory.grow (i32.const 1024)))
        (loop $l (memory.fill (i32.const 65536) (i32.const 1) (i32.const 67108864)) (br $l)) (i64.const 0))"#;
const EXPORTS: [&str; 4] = ["quiet", "short", "calls", "fills"];

fn plenty(deadline: Option<Duration>) -> EngineConfig {
    EngineConfig { metering_limit: 1 << 62, deadline, ..Default::default() }
}

fn endless(config: EngineConfig) -> WasmInstance {
    let engine = engine_with(config);
    let module = engine.compile(&guest(ENDLESS)).unwrap();
    WasmInstance::new(&engine, &module).unwrap()
}

fn deadline_of(error: &HostError) -> (Duration, Duration) {
    match *error.kind() {
        HostErrorKind::DeadlineExceeded { limit, elapsed } => (limit, elapsed),
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn a_deadline_ends_every_kind_of_loop() {
    for export in EXPORTS {
        let mut instance = endless(plenty(Some(20 * MS)));
        let began = Instant::now();
        let error = instance.call_raw(export, b"").unwrap_err();
        let (limit, elapsed) = deadline_of(&error);
        assert!(limit == 20 * MS && elapsed >= limit && began.elapsed() < LATE, "{export}: {error}");
        assert!(began.elapsed() >= 19 * MS, "{export}");
        assert!(!error.instance_usable() && instance.is_poisoned(), "{export}");
        let used = instance.fuel_used().unwrap();
        assert!(used > 0 && used < 1 << 50, "{export}: {used}");
        println!("{export}: {:?} after a deadline of 20 ms", began.elapsed().saturating_sub(limit));
    }
}

/// How much of this process is in memory, in bytes.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

/// What was written is in memory. An operation that is stopped late, because the machine does much else, proves nothing, and is made again.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_long_bulk_operation_is_stopped_before_it_is_done() {
    const LONG: u64 = 256 << 20;
    const OPERATIONS: [(&str, &str); 3] = [
        ("fill", "(memory.fill (i32.const 65536) (i32.const 1) (i32.const 268435456))"),
        ("down", "(memory.copy (i32.const 65536) (i32.const 131072) (i32.const 268435456))"),
        ("up", "(memory.copy (i32.const 131072) (i32.const 65536) (i32.const 268435456))"),
    ];
    let function = |(name, operation)| {
        format!(
            r#"(func (export "{name}") (param i32 i32) (result i64)
                (drop (memory.grow (i32.const 4098))) {operation} (i64.const 0))"#
        )
    };
    let engine = engine_with(plenty(Some(2 * MS)));
    let module = engine.compile(&guest(&OPERATIONS.map(function).concat())).unwrap();
    for (name, _) in OPERATIONS {
        let stopped_early = (0..20).any(|_| {
            let mut instance = WasmInstance::new(&engine, &module).unwrap();
            let before = resident();
            deadline_of(&instance.call_raw(name, b"").unwrap_err());
            resident().saturating_sub(before) < LONG / 2
        });
        assert!(stopped_early, "{name}");
    }
}

#[test]
fn a_cancel_from_another_thread_ends_every_kind_of_loop() {
    for export in EXPORTS {
        let mut instance = endless(plenty(None));
        let handle = instance.cancel_handle();
        let other = thread::spawn(move || {
            thread::sleep(20 * MS);
            let asked = Instant::now();
            handle.cancel();
            (handle, asked)
        });
        let error = instance.call_raw(export, b"").unwrap_err();
        let ended = Instant::now();
        let (handle, asked) = other.join().unwrap();
        assert_eq!(*error.kind(), HostErrorKind::Cancelled, "{export}");
        assert!(handle.is_cancelled() && instance.is_poisoned() && !error.instance_usable());
        assert!(instance.fuel_used().unwrap() < 1 << 50, "{export}");
        println!("{export}: {:?} after the cancel", ended.saturating_duration_since(asked));
    }
}

#[test]
fn a_guest_without_metering_is_stopped_too() {
    for export in ["quiet", "short", "calls"] {
        let config = EngineConfig { metering_limit: u64::MAX, deadline: Some(10 * MS), ..Default::default() };
        let error = endless(config).call_raw(export, b"").unwrap_err();
        deadline_of(&error);
    }
}

#[test]
fn a_start_function_has_a_deadline_and_can_be_cancelled() {
    let engine = engine_with(plenty(Some(10 * MS)));
    let module = engine.compile(&guest("(func $start (loop $l (br $l))) (start $start)")).unwrap();
    let mut instance = WasmInstance::new(&engine, &module).unwrap();
    deadline_of(&instance.start().unwrap_err());
    assert!(instance.is_poisoned());
    let mut instance = WasmInstance::new(&engine, &module).unwrap();
    let budget = Budget { deadline: None, ..instance.budget() };
    instance.set_budget(budget).unwrap();
    let handle = instance.cancel_handle();
    let other = thread::spawn(move || {
        thread::sleep(5 * MS);
        handle.cancel();
    });
    assert_eq!(*instance.start().unwrap_err().kind(), HostErrorKind::Cancelled);
    other.join().unwrap();
}

const ASKS: &str = r#"
    (func (export "asks") (param i32 i32) (result i64)
        (drop (call $answer (local.get 0) (local.get 1))) (loop $l (br $l)) (i64.const 0))"#;

#[test]
fn a_host_function_hears_of_it_and_the_guest_stops_when_it_returns() {
    for cancelled in [false, true] {
        let engine = engine_with(plenty((!cancelled).then_some(15 * MS)));
        let module = engine.compile(&caller(ASKS)).unwrap();
        let mut instance = WasmInstance::new(&engine, &module).unwrap();
        let (heard, hearing) = mpsc::channel();
        let wait = move |(): &mut (), _: &[u8], _: &mut Response<'_>| {
            let (left, began) = (call_time_left(), Instant::now());
            while !call_stopped() && began.elapsed() < LATE {
                thread::sleep(MS);
            }
            heard.send((left, call_time_left(), call_stopped())).unwrap();
            Ok(())
        };
        instance.register_raw("answer", wait).unwrap();
        let handle = instance.cancel_handle();
        let other = thread::spawn(move || {
            thread::sleep(15 * MS);
            if cancelled {
                handle.cancel();
            }
        });
        let error = instance.call_raw("asks", b"").unwrap_err();
        other.join().unwrap();
        let (before, after, stopped) = hearing.recv().unwrap();
        assert!(stopped && after == Some(Duration::ZERO));
        match cancelled {
            true => assert_eq!((error.kind(), before), (&HostErrorKind::Cancelled, None)),
            false => assert!(deadline_of(&error).0 == 15 * MS && before.is_some_and(|left| left <= 15 * MS)),
        }
        assert!(instance.is_poisoned());
    }
    assert!(!call_stopped() && call_time_left().is_none());
}

#[test]
fn a_cancelled_instance_runs_nothing_more_and_a_handle_outlives_it() {
    let mut instance = instance(&engine());
    let (handle, clone) = (instance.cancel_handle(), instance.cancel_handle().clone());
    instance.call_raw("echo", b"before").unwrap();
    assert!(!handle.is_cancelled());
    handle.cancel();
    handle.cancel();
    clone.cancel();
    let error = instance.call_raw("echo", b"after").unwrap_err();
    assert_eq!(error.to_string(), "guest call `echo` failed: cancelled");
    assert_eq!(*instance.call_raw("echo", b"after").unwrap_err().kind(), HostErrorKind::Poisoned);
    drop(instance);
    handle.cancel();
    assert!(handle.is_cancelled() && clone.is_cancelled());
}

#[test]
fn a_handle_of_a_pool_ends_with_its_guard_as_does_a_budget() {
    for reuse in [Reuse::Fresh, Reuse::Kept] {
        let engine = engine();
        let module = engine.compile(&guest("")).unwrap();
        let pool = InstancePool::new(&engine, &module, Arc::default(), 1, reuse, || ());
        let mut first = pool.take().unwrap();
        first.call_raw("echo", b"1").unwrap();
        let budget = Budget { fuel: Some(1), deadline: None, ..first.budget() };
        first.set_budget(budget).unwrap();
        let handle = first.cancel_handle();
        drop(first);
        handle.cancel();
        let mut second = pool.take().unwrap();
        assert_eq!(second.budget().fuel, Some(100_000_000_000));
        assert_eq!(second.budget().deadline, Some(Duration::from_secs(30)));
        second.call_raw("echo", b"2").unwrap();
        // One that was cancelled and did not notice is no trouble to whoever comes next.
        second.cancel_handle().cancel();
        drop(second);
        pool.take().unwrap().call_raw("echo", b"3").unwrap();
    }
}

#[test]
fn a_budget_is_for_one_instance_and_needs_no_compiling() {
    let engine = engine_with(EngineConfig { integrity: Integrity::Checked, ..Default::default() });
    let module = engine.compile(&guest("")).unwrap();
    let mut instance = WasmInstance::new(&engine, &module).unwrap();
    let budget = Budget { fuel: Some(5_000), depth: 50, deadline: None };
    let error = instance.with_budget(budget, |instance| instance.call_raw("echo", &[7; 4000])).unwrap();
    assert!(matches!(error.unwrap_err().kind(), HostErrorKind::OutOfFuel { limit: 5_000, .. }));
    assert!(instance.fuel_used().unwrap() > 5_000);
    let mut instance = WasmInstance::new(&engine, &module).unwrap();
    let error = instance.with_budget(budget, |instance| instance.call_raw("deep", b"")).unwrap();
    assert_eq!(*error.unwrap_err().kind(), HostErrorKind::CallDepth { limit: 50 });
    let mut instance = WasmInstance::new(&engine, &module).unwrap();
    let budget = Budget { fuel: Some(1 << 40), ..instance.budget() };
    let used = instance.with_budget(budget, |instance| {
        instance.call_raw("echo", b"x").unwrap();
        instance.fuel_used()
    });
    assert_eq!(used.unwrap(), instance.fuel_used());
    assert_eq!(instance.budget(), WasmInstance::new(&engine, &module).unwrap().budget());
}

#[test]
fn a_budget_that_nothing_enforces_is_refused_and_changes_nothing() {
    let mut metered = instance(&engine());
    let own = metered.budget();
    let refused = |instance: &mut WasmInstance, budget| {
        let error = instance.set_budget(budget).unwrap_err();
        assert!(error.instance_usable(), "{error}");
        let HostErrorKind::Load(error) = error.into_kind() else { panic!("another kind") };
        error
    };
    let deeper = refused(&mut metered, Budget { depth: own.depth + 1, ..own });
    assert!(matches!(deeper, LoadError::DepthLimit { limit, .. } if limit == own.depth + 1));
    for budget in
        [Budget { fuel: Some((1 << 62) + 1), ..own }, Budget { deadline: Some(Duration::ZERO), ..own }]
    {
        assert!(matches!(refused(&mut metered, budget), LoadError::Engine { .. }));
    }
    assert_eq!(metered.budget(), own);
    metered.call_raw("echo", b"x").unwrap();
    let unmetered = EngineConfig { metering_limit: u64::MAX, ..Default::default() };
    let mut unmetered = instance(&engine_with(unmetered));
    assert_eq!(refused(&mut unmetered, Budget { fuel: Some(5), ..own }), LoadError::NoLimits);
    let config = EngineConfig { deadline: Some(Duration::ZERO), ..Default::default() };
    let error = WasmEngine::new(config).unwrap_err();
    assert!(matches!(error.kind(), HostErrorKind::Config { field: "deadline", .. }));
}

#[test]
fn a_trap_of_the_guests_own_stays_one() {
    let mut instance = endless(plenty(Some(Duration::from_secs(10))));
    let traps = "(func (export \"trap\") (param i32 i32) (result i64) unreachable)";
    let engine = engine();
    let mut other = WasmInstance::new(&engine, &engine.compile(&guest(traps)).unwrap()).unwrap();
    assert_eq!(*failure(&mut other, "trap").kind(), HostErrorKind::Trap(Trap::Unreachable));
    instance.call_raw("echo", b"x").unwrap();
}

/// Many threads, many signals: those that others get are none of a call's business.
#[test]
fn calls_beside_a_cancelled_one_go_on() {
    let engine = engine_with(plenty(Some(Duration::from_secs(60))));
    let module = engine.compile(&guest(ENDLESS)).unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut instance = WasmInstance::new(&engine, &module).unwrap();
                while !stop.load(Ordering::Relaxed) {
                    assert_eq!(instance.call_raw("echo", &[5; 100]).unwrap(), [5; 100]);
                }
            });
        }
        for turn in 0..200 {
            let mut instance = WasmInstance::new(&engine, &module).unwrap();
            instance.call_raw("echo", b"x").unwrap();
            let handle = instance.cancel_handle();
            let other = scope.spawn(move || handle.cancel());
            let error = instance.call_raw(EXPORTS[turn % 3], b"").unwrap_err();
            assert_eq!(*error.kind(), HostErrorKind::Cancelled);
            other.join().unwrap();
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[cfg(target_os = "linux")]
#[test]
#[allow(unsafe_code)]
fn a_forked_child_has_deadlines_of_its_own() {
    let mut instance = endless(plenty(Some(20 * MS)));
    instance.call_raw("echo", b"x").unwrap();
    // SAFETY: the child calls the guest, writes nothing, and leaves without running anything of the parent's.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let stopped = instance
            .call_raw("quiet", b"")
            .is_err_and(|error| matches!(error.kind(), HostErrorKind::DeadlineExceeded { .. }));
        // SAFETY: it ends the process.
        unsafe { libc::_exit(if stopped { 7 } else { 1 }) }
    }
    let mut status = 0;
    let began = Instant::now();
    // SAFETY: the child is one of this process, and the status is a number's place.
    while unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) } == 0 {
        if began.elapsed() > LATE {
            // SAFETY: as above.
            unsafe { libc::kill(child, libc::SIGKILL) };
        }
        thread::sleep(MS);
    }
    assert_eq!((libc::WIFEXITED(status), libc::WEXITSTATUS(status)), (true, 7));
    deadline_of(&instance.call_raw("quiet", b"").unwrap_err());
}
