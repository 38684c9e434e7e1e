//! Instances that are kept ready.

mod common;

use aingle_wasm_host::prelude::*;
use common::*;
use std::sync::Arc;
use std::time::Duration;

fn pool(limit: usize, reuse: Reuse) -> InstancePool {
    let engine = engine_with(EngineConfig { metering_limit: 100_000, ..Default::default() });
    let module = engine.compile(&guest("")).unwrap();
    InstancePool::new(&engine, &module, Arc::new(HostFunctions::new()), limit, reuse, || ())
}

fn count(instance: &mut WasmInstance) -> u32 {
    u32::from_le_bytes(instance.call_raw("count", b"").unwrap().try_into().unwrap())
}

#[test]
fn what_comes_back_is_kept_or_made_anew() {
    for (reuse, second) in [(Reuse::Kept, 2), (Reuse::Fresh, 1)] {
        let pool = pool(1, reuse);
        assert_eq!(count(&mut pool.take().unwrap()), 1);
        assert_eq!(count(&mut pool.take().unwrap()), second, "{reuse:?}");
    }
}

#[test]
fn lesson_13_a_poisoned_instance_is_discarded() {
    let pool = pool(1, Reuse::Kept);
    let mut taken = pool.take().unwrap();
    assert_eq!(count(&mut taken), 1);
    assert!(!taken.call_raw("spin", b"").unwrap_err().instance_usable());
    drop(taken);
    assert_eq!((pool.size(), pool.discarded()), ((0, 0), 1));
    assert_eq!(count(&mut pool.take().unwrap()), 1, "a fresh one");
}

#[test]
fn no_more_than_the_limit_are_out() {
    let pool = pool(2, Reuse::Kept);
    let (one, _two) = (pool.take().unwrap(), pool.take().unwrap());
    let error = pool.take().unwrap_err();
    assert_eq!(*error.kind(), HostErrorKind::PoolExhausted { limit: 2 });
    assert!(error.retryable());
    std::thread::scope(|threads| {
        let waiting = threads.spawn(|| pool.take_within(Duration::from_secs(60)).map(drop));
        std::thread::sleep(Duration::from_millis(20));
        drop(one);
        waiting.join().unwrap().unwrap();
    });
    assert_eq!(pool.size(), (1, 1));
}

#[test]
fn one_that_cannot_be_made_gives_its_place_back() {
    let engine = engine();
    let module = engine.compile(&caller("")).unwrap();
    let functions = Arc::new(HostFunctions::new());
    let pool = InstancePool::new(&engine, &module, functions, 1, Reuse::Kept, || ());
    for _ in 0..2 {
        let error = pool.take().unwrap_err();
        assert_eq!(*error.kind(), missing("answer", "answer(bytes) -> bytes"));
    }
    assert_eq!(pool.size(), (0, 0));
}

#[test]
fn many_threads_share_it() {
    let pool = pool(4, Reuse::Kept);
    std::thread::scope(|threads| {
        for thread in 0..8u32 {
            let pool = pool.clone();
            threads.spawn(move || {
                for _ in 0..50 {
                    let mut instance = pool.take_within(Duration::from_secs(60)).unwrap();
                    let bytes = thread.to_le_bytes();
                    assert_eq!(instance.call_raw("echo", &bytes).unwrap(), bytes);
                }
            });
        }
    });
    let (taken, idle) = pool.size();
    assert!(taken == 0 && idle <= 4);
}

/// Functions that change every kind of state that is put back, and one that tells all of it.
const STATEFUL: &str = r#"
    (global $hidden (mut i64) (i64.const 7))
    (func (export "scribble") (param i32 i32) (result i64) (local $at i32)
        (call $open (local.get 0) (local.get 1))
        (global.set $hidden (i64.add (global.get $hidden) (i64.const 5)))
        ;; Everywhere but where the control block and the request lie.
        (local.set $at (i32.const 20000))
        (loop $more
            (i32.store (local.get $at) (i32.add (local.get $at) (i32.const 1)))
            (br_if $more (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1000))) (i32.const 65000))))
        (call $number (i32.const 0)))
    (func (export "digest") (param i32 i32) (result i64) (local $at i32) (local $sum i32)
        (call $open (local.get 0) (local.get 1))
        (loop $more
            (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load (local.get $at))))
            (br_if $more (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 65536))))
        (call $number (i32.add (local.get $sum) (i32.wrap_i64 (global.get $hidden)))))"#;

fn fresh(wasm: &[u8]) -> InstancePool<u32> {
    let engine = engine();
    let module = engine.compile(wasm).unwrap();
    let mut functions = HostFunctions::new();
    functions
        .register_raw("answer", |state: &mut u32, _, _| {
            *state += 100;
            Ok(())
        })
        .unwrap();
    let made = std::sync::atomic::AtomicU32::new(0);
    let next = move || made.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    InstancePool::new(&engine, &module, Arc::new(functions), 1, Reuse::Fresh, next)
}

#[cfg(target_os = "linux")]
#[test]
fn an_instance_is_put_back_whole() {
    let pool = fresh(&caller(STATEFUL));
    let mut taken = pool.take().unwrap();
    let digest = taken.call_raw("digest", b"").unwrap();
    taken.call_raw("scribble", b"").unwrap();
    taken.call_raw("ask", b"the host").unwrap();
    assert_ne!(taken.call_raw("digest", b"").unwrap(), digest);
    assert_eq!(*taken.state(), 100);
    for state in 1..4 {
        drop(taken);
        assert_eq!(pool.size(), (0, 1), "put back, not dropped");
        taken = pool.take().unwrap();
        assert_eq!(*taken.state(), state, "a state of its own");
        assert_eq!(taken.call_raw("digest", b"").unwrap(), digest);
        taken.call_raw("scribble", b"").unwrap();
        taken.call_raw("echo", &[state as u8; 5000]).unwrap();
    }
}

#[test]
fn an_instance_that_cannot_be_put_back_is_dropped() {
    let grown = |taken: &mut WasmInstance<u32>| drop(taken.call_raw("echo", &[1; 100_000]).unwrap());
    let poisoned = |taken: &mut WasmInstance<u32>| drop(taken.call_raw("stop", b"").unwrap_err());
    let nothing = |_: &mut WasmInstance<u32>| {};
    let stop = r#"(func (export "stop") (param i32 i32) (result i64) (unreachable))"#;
    let changes = ["(table.set $t (i32.const 0) (ref.null func))", "(data.drop $d)", "(elem.drop $e)"];
    let change =
        |code: &str| caller(&format!(r#"(table $t 1 funcref) (data $d "x") (elem $e func 0) (func {code})"#));
    let changing = changes.map(|code| (change(code), nothing as fn(&mut WasmInstance<u32>)));
    let cases = [(caller(""), grown as fn(&mut WasmInstance<u32>)), (caller(stop), poisoned)];
    for (wasm, call) in cases.into_iter().chain(changing) {
        let pool = fresh(&wasm);
        call(&mut pool.take().unwrap());
        assert_eq!(pool.size(), (0, 0));
        assert_eq!(*pool.take().unwrap().state(), 1);
    }
}

/// What happens to a state: the panic of its maker or of its drop.
struct Fragile {
    breaks: bool,
}

impl Drop for Fragile {
    fn drop(&mut self) {
        assert!(!self.breaks, "the state breaks");
    }
}

#[test]
fn a_place_is_given_back_whatever_panics() {
    let engine = engine();
    let module = engine.compile(&wat::parse_str(plain("")).unwrap()).unwrap();
    let panics = |what: &dyn Fn()| std::panic::catch_unwind(std::panic::AssertUnwindSafe(what)).is_err();
    for reuse in [Reuse::Fresh, Reuse::Kept] {
        let makes = Arc::new(std::sync::atomic::AtomicBool::new(true));
        let maker = Arc::clone(&makes);
        let make = move || {
            assert!(maker.load(std::sync::atomic::Ordering::Relaxed), "no state");
            Fragile { breaks: false }
        };
        let pool = InstancePool::new(&engine, &module, Arc::new(HostFunctions::new()), 1, reuse, make);
        let breaks = |breaks: bool| makes.store(!breaks, std::sync::atomic::Ordering::Relaxed);
        // While an instance is made.
        breaks(true);
        assert!(panics(&|| drop(pool.take())));
        assert_eq!(pool.size(), (0, 0));
        breaks(false);
        // While it returns.
        let taken = std::cell::Cell::new(Some(pool.take().unwrap()));
        breaks(true);
        assert_eq!(panics(&|| drop(taken.take())), reuse == Reuse::Fresh && cfg!(target_os = "linux"));
        assert_eq!(pool.size().0, 0, "{reuse:?}");
        breaks(false);
        // In the state's drop, with no panic under way and with one, which must not end the process.
        for under_way in [false, true] {
            let mut guard = pool.take().unwrap();
            guard.state_mut().breaks = true;
            let poison = reuse == Reuse::Kept;
            if poison {
                guard.call_raw("abort", b"").unwrap_err();
            }
            let guard = std::cell::Cell::new(Some(guard));
            assert!(panics(&|| {
                let _guard = guard.take();
                assert!(!under_way, "a panic under way");
            }));
            assert_eq!(pool.size().0, 0, "{reuse:?}");
        }
        drop(pool.take().unwrap());
    }
}

#[test]
fn instances_that_were_exchanged_are_not_taken_back() {
    let engine = engine();
    let module = engine.compile(&wat::parse_str(plain("")).unwrap()).unwrap();
    let other = plain("(global (export \"other\") (mut i64) (i64.const 5))");
    let other = wat::parse_str(other).unwrap();
    let other = engine.compile(&other).unwrap();
    for reuse in [Reuse::Fresh, Reuse::Kept] {
        let pool =
            |module| InstancePool::new(&engine, module, Arc::new(HostFunctions::new()), 2, reuse, || ());
        let (one, two) = (pool(&module), pool(&other));
        let (mut of_one, mut of_two) = (one.take().unwrap(), two.take().unwrap());
        assert_eq!(count(&mut of_one), 1);
        std::mem::swap(&mut *of_one, &mut *of_two);
        assert_eq!(of_one.module().wasm(), other.wasm());
        drop((of_one, of_two));
        assert_eq!((one.size(), two.size()), ((0, 0), (0, 0)), "{reuse:?}: neither is the pool's own");

        // Two of one pool, and one from outside.
        let (mut first, mut second) = (one.take().unwrap(), one.take().unwrap());
        std::mem::swap(&mut *first, &mut *second);
        drop((first, second));
        let mut taken = one.take().unwrap();
        let mut stolen = std::mem::replace(&mut *taken, WasmInstance::new(&engine, &module).unwrap());
        assert_eq!(count(&mut stolen), 1);
        drop(taken);
        assert_eq!(one.size(), (0, 0), "{reuse:?}");
        assert_eq!(count(&mut one.take().unwrap()), 1);

        // What is exchanged back is the pool's again.
        let (mut of_one, mut of_two) = (one.take().unwrap(), two.take().unwrap());
        std::mem::swap(&mut *of_one, &mut *of_two);
        std::mem::swap(&mut *of_one, &mut *of_two);
        drop((of_one, of_two));
        assert_eq!(one.size().0 + two.size().0, 0);
        assert_eq!(one.size().1, if reuse == Reuse::Kept || cfg!(target_os = "linux") { 1 } else { 0 });
    }
}

#[cfg(target_os = "linux")]
#[test]
fn instances_share_one_descriptor() {
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let engine = engine();
    let module = engine.compile(&wat::parse_str(plain("")).unwrap()).unwrap();
    let pool = InstancePool::new(&engine, &module, Arc::new(HostFunctions::new()), 100, Reuse::Fresh, || ());
    let before = descriptors();
    let taken: Vec<_> = (0..100).map(|_| pool.take().unwrap()).collect();
    let opened = descriptors().saturating_sub(before);
    assert!(opened < 50, "{opened} descriptors for 100 instances");
    drop(taken);
    assert_eq!(pool.size(), (0, 100));
}

#[test]
fn an_instance_that_is_made_can_be_cancelled_in_its_start_function() {
    let engine = engine();
    let module = engine.compile(&guest("(func $start (loop $l (br $l))) (start $start)")).unwrap();
    let pool = InstancePool::new(&engine, &module, Arc::new(HostFunctions::new()), 1, Reuse::Fresh, || ());
    let cancel = |handle: CancelHandle| {
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(5));
            handle.cancel();
        });
    };
    let error = pool.take_cancellable(Duration::ZERO, cancel).unwrap_err();
    assert_eq!(*error.kind(), HostErrorKind::Cancelled);
    assert_eq!(pool.size(), (0, 0));
}

#[test]
fn an_idle_instance_that_is_cancelled_runs_nothing() {
    let pool = pool(1, Reuse::Kept);
    drop(pool.take().unwrap());
    let mut taken = pool.take_cancellable(Duration::ZERO, |handle| handle.cancel()).unwrap();
    assert_eq!(*taken.call_raw("count", b"").unwrap_err().kind(), HostErrorKind::Cancelled);
}
