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
        assert_eq!(*error.kind(), HostErrorKind::MissingImport { name: "answer".into() });
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
