//! What the host reads and writes where the guest's code keeps it, without asking Wasmer: memory and counters.

mod common;

use aingle_wasm_host::prelude::*;
use common::*;
use std::sync::Arc;
use std::thread;

/// Grows memory, and calls the host from the end of it, with the response buffer there too.
const BEYOND: &str = r#"
    (func (export "beyond") (param i32 i32) (result i64) (local $at i32)
        (call $open (local.get 0) (local.get 1))
        (if (i32.eq (i32.const -1) (memory.grow (i32.const 64))) (then (unreachable)))
        (local.set $at (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 1020)))
        (i32.store offset=8 (i32.const 16) (i32.add (local.get $at) (i32.const 64)))
        (i32.store offset=12 (local.get $at) (i32.load offset=12 (local.get 0)))
        (drop (call $finish (local.get $at) (i32.const 4) (i32.const 4)))
        (call $respond (call $answer (local.get $at) (i32.const 16))))"#;

fn functions() -> Arc<HostFunctions<()>> {
    let mut functions = HostFunctions::new();
    let answer = |_: &mut (), request: &[u8], response: &mut Response<'_>| {
        response.write(request);
        response.write(b", beyond");
        Ok(())
    };
    functions.register_raw("answer", answer).unwrap();
    Arc::new(functions)
}

fn call(instance: &mut WasmInstance) -> Option<u64> {
    assert_eq!(instance.call_raw("beyond", b"here").unwrap(), b"here, beyond");
    // The request buffer is where it was, in a memory that may lie elsewhere.
    assert_eq!(instance.call_raw("echo", &[5; 8000]).unwrap(), [5; 8000]);
    instance.fuel_used()
}

#[test]
fn memory_is_seen_as_it_is_after_growing_and_on_another_thread() {
    for static_memory_bound in [0, 0x4000] {
        let integrity = Integrity::Checked;
        let engine = engine_with(EngineConfig { static_memory_bound, integrity, ..Default::default() });
        let module = engine.compile(&caller(BEYOND)).unwrap();
        let mut instance = WasmInstance::with_host(&engine, &module, functions(), ()).unwrap();
        let used = call(&mut instance);
        assert!(used > Some(8000), "a checksum of 8,000 bytes: {used:?}");
        let pages = instance.memory_size() >> 16;
        let (mut instance, there) = thread::spawn(move || {
            let used = call(&mut instance);
            (instance, used)
        })
        .join()
        .unwrap();
        assert_eq!((call(&mut instance), there), (used, used));
        assert_eq!(instance.memory_size() >> 16, pages + 2 * 64);
    }
}

#[test]
fn a_pooled_instance_has_its_whole_budget_again() {
    let integrity = Integrity::Checked;
    let engine = engine_with(EngineConfig { metering_limit: 1_000_000, integrity, ..Default::default() });
    let module = engine.compile(&guest("")).unwrap();
    for reuse in [Reuse::Fresh, Reuse::Kept] {
        let pool = InstancePool::new(&engine, &module, functions(), 1, reuse, || ());
        let mut used = Vec::new();
        for _ in 0..3 {
            let mut instance = pool.take().unwrap();
            instance.call_raw("echo", &[1; 2000]).unwrap();
            used.push(instance.fuel_used().unwrap());
        }
        assert!(used[0] > 500_000 && used.iter().all(|each| *each == used[0]), "{used:?}");
    }
}
