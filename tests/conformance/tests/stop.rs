//! Calls that are stopped from outside, on the interpreters. `host/tests/stop.rs` has the same on Wasmer.

use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};
use aingle_wasm_host_embedded::{Backend, Budget, CancelFlag, Error, Guest, LoadError, Runtime, Trap};
use aingle_wasm_metering::Meter;
use aingle_wasm_tests::stops::{self, micros};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const MS: Duration = Duration::from_millis(1);

fn limited() -> Vec<u8> {
    Meter::default().interruptible().instrument(&stops::guest("")).expect("it can have limits")
}

fn wasm3() -> Wasm3 {
    Wasm3::new(Wasm3Config { trust_carried_limits: true, fuel: Some(1 << 62), ..Default::default() })
}

fn spacewasm() -> Spacewasm {
    Spacewasm::new(SpacewasmConfig { trust_carried_limits: true, fuel: Some(1 << 62), ..Default::default() })
}

fn wasmi() -> Wasmi {
    Wasmi::new(WasmiConfig {
        trust_carried_limits: true,
        fuel: Some(1 << 62),
        interruptible: true,
        ..Default::default()
    })
}

/// Stops a call of each endless export, by the deadline or by a flag that another thread sets; `each` gets the guest
/// first.
fn stops_every_loop<B: Backend>(backend: impl Fn() -> B, each: impl Fn(&mut Runtime<'_, B>) -> Poller) {
    let wasm = limited();
    for export in stops::EXPORTS {
        for by_deadline in [true, false] {
            let mut runtime = Runtime::new(backend(), &wasm).expect("it loads");
            let flag = prepare(runtime.as_mut(), by_deadline);
            let poller = each(&mut runtime);
            let other = thread::spawn(move || {
                thread::sleep(20 * MS);
                if !by_deadline {
                    flag.cancel();
                }
            });
            let stopped = runtime.call_raw(export, b"").expect_err("it has no end");
            drop(poller);
            match stopped {
                Error::Trap(Trap::Deadline { limit: 20_000, elapsed }) => {
                    assert!(by_deadline && elapsed >= 20_000)
                }
                Error::Trap(Trap::Cancelled) => assert!(!by_deadline),
                other => panic!("{export}: {other:?}"),
            }
            assert!(runtime.is_poisoned() && !stopped.instance_usable(), "{export}");
            let used = runtime.fuel_used().expect("it is counted");
            assert!(used > 0 && used < 1 << 50, "{export}: {used}");
            other.join().expect("it only sets a flag");
        }
    }
}

fn prepare<E: aingle_wasm_host_embedded::EngineInstance>(
    guest: &mut Guest<E>,
    by_deadline: bool,
) -> Arc<CancelFlag> {
    guest.set_clock(micros).expect("it takes a clock");
    if by_deadline {
        let budget = Budget { deadline: Some(20 * MS), ..guest.budget() };
        guest.set_budget(budget).expect("it can be kept");
    }
    guest.cancel_handle().expect("it can be cancelled")
}

/// What polls for wasm3, as a timer's interrupt does on a device; nothing for the others.
struct Poller(Arc<AtomicBool>, Option<thread::JoinHandle<()>>);

impl Poller {
    fn none() -> Self {
        Self(Arc::default(), None)
    }

    fn of(mut poll: impl FnMut() + Send + 'static) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ended);
        let polls = thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                poll();
                thread::sleep(MS);
            }
        });
        Self(ended, Some(polls))
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        if let Some(polls) = self.1.take() {
            polls.join().expect("it only polls");
        }
    }
}

#[test]
fn spacewasm_stops_in_every_loop() {
    stops_every_loop(spacewasm, |_| Poller::none());
}

#[test]
fn wasmi_stops_in_every_loop() {
    stops_every_loop(wasmi, |_| Poller::none());
}

#[test]
fn wasm3_stops_in_every_loop() {
    stops_every_loop(wasm3, |runtime| {
        let mut stopper = runtime.engine_mut().stopper();
        Poller::of(move || stopper.poll())
    });
}

#[test]
fn a_stopper_that_outlives_its_instance_does_nothing() {
    let wasm = limited();
    let mut runtime = Runtime::new(wasm3(), &wasm).expect("it loads");
    let mut stopper = runtime.engine_mut().stopper();
    runtime.call_raw("nothing", b"").expect("it returns");
    drop(runtime);
    stopper.flag().cancel();
    stopper.poll();
}

fn stops_behind_a_host_function<B: Backend>(backend: B) {
    static FLAG: CancelFlag = CancelFlag::new();
    let wasm = Meter::default().instrument(&stops::guest_with_host()).expect("it can have limits");
    let mut runtime = Runtime::new(backend, &wasm).expect("it loads");
    runtime
        .register_raw("wait", |(), _, _| {
            FLAG.cancel();
            Ok(())
        })
        .expect("the name is free");
    FLAG.clear();
    runtime.set_cancel_flag(&FLAG).expect("it takes a flag");
    let began = Instant::now();
    assert_eq!(runtime.call_raw("waits", b"").expect_err("it was cancelled"), Error::Trap(Trap::Cancelled));
    assert!(began.elapsed() < Duration::from_secs(20) && runtime.is_poisoned());
}

#[test]
fn a_call_stops_when_its_host_function_returns() {
    stops_behind_a_host_function(spacewasm());
    stops_behind_a_host_function(wasmi());
    stops_behind_a_host_function(wasm3());
}

fn start_function_stops<B: Backend>(backend: B, each: impl Fn(&mut Runtime<'_, B>) -> Poller) {
    let plain = stops::guest("(func $start (loop $l (br $l))) (start $start)");
    let wasm = Meter::default().interruptible().instrument(&plain).expect("it can have limits");
    let mut runtime = Runtime::new(backend, &wasm).expect("it loads");
    prepare(runtime.as_mut(), true);
    let poller = each(&mut runtime);
    let stopped = runtime.start().expect_err("it has no end");
    drop(poller);
    assert!(matches!(stopped, Error::Trap(Trap::Deadline { limit: 20_000, .. })), "{stopped:?}");
}

#[test]
fn start_functions_are_stopped_too() {
    start_function_stops(spacewasm(), |_| Poller::none());
    start_function_stops(wasmi(), |_| Poller::none());
    start_function_stops(wasm3(), |runtime| {
        let mut stopper = runtime.engine_mut().stopper();
        Poller::of(move || stopper.poll())
    });
}

#[test]
fn a_budget_is_changed_without_loading_again_or_refused() {
    let wasm = limited();
    let mut runtime = Runtime::new(wasmi(), &wasm).expect("it loads");
    let own = runtime.budget();
    runtime.set_budget(Budget { fuel: Some(1_000), ..own }).expect("less");
    let stopped = runtime.call_raw("quiet", b"").expect_err("little fuel");
    assert!(matches!(stopped, Error::Trap(Trap::OutOfFuel { limit: 1_000, .. })), "{stopped:?}");
    let mut runtime = Runtime::new(spacewasm(), &wasm).expect("it loads");
    let deep = runtime.set_budget(Budget { depth: 1 << 20, ..own });
    assert!(matches!(deep, Err(LoadError::DepthLimit { .. })), "{deep:?}");
    let timed = Budget { deadline: Some(MS), ..own };
    assert!(matches!(runtime.set_budget(timed), Err(LoadError::Engine { .. })), "there is no clock");
    assert_eq!(runtime.budget(), own);
    runtime.call_raw("nothing", b"").expect("it is as it was");
    let config = WasmiConfig { trust_carried_limits: true, fuel: Some(1 << 62), ..Default::default() };
    let mut runtime = Runtime::new(Wasmi::new(config), &wasm).expect("it loads");
    assert!(runtime.set_clock(micros).is_err() && runtime.cancel_handle().is_err());
    assert!(matches!(runtime.set_budget(timed), Err(LoadError::Engine { .. })));
}
