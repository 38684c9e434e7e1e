//! Engines and pools in a child after `fork`. A program of its own, with no threads but those that its cases start.

#[path = "../common/mod.rs"]
mod common;
#[cfg(target_os = "linux")]
mod sys;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() {
    let mut failed = 0;
    for (name, case) in linux::CASES {
        let result = case();
        println!("fork: {name}: {result:?}");
        failed += i32::from(result.is_err());
    }
    std::process::exit(failed);
}

#[cfg(target_os = "linux")]
mod linux {
    use super::common::*;
    use super::sys::in_a_child;
    use aingle_wasm_host::prelude::*;
    use std::sync::Arc;
    use std::thread;
    use std::time::Duration;

    type Case = fn() -> Result<(), String>;

    pub const CASES: &[(&str, Case)] = &[
        ("a child compiles after its parent did", a_child_compiles_after_its_parent_did),
        ("what the parent was compiling the child compiles itself", what_the_parent_was_compiling),
        ("a fresh instance holds nothing of its last user", a_fresh_instance_holds_nothing_of_its_last_user),
        ("a child has all places of a pool", a_child_has_all_places_of_a_pool),
        ("traps are told in a child", traps_are_told_in_a_child),
    ];

    fn a_child_compiles_after_its_parent_did() -> Result<(), String> {
        let engine = engine();
        engine.compile_cached(b"", &guest("")).unwrap();
        in_a_child(|| {
            engine.compile_cached(b"", &guest("")).unwrap();
            assert_eq!(engine.cache_stats().hits, 1, "what the parent had in memory");
            let module = engine.compile_cached(b"", &guest("(func)")).unwrap();
            engine.compile(&guest("(func) (func)")).unwrap();
            let mut instance = WasmInstance::new(&engine, &module).unwrap();
            assert_eq!(instance.call_raw("echo", b"child").unwrap(), b"child");
            in_a_child(|| drop(engine.compile(&guest("(func) (func) (func)")).unwrap())).unwrap();
        })?;
        assert_eq!(engine.cache_stats().hits, 0);
        Ok(())
    }

    /// A module that takes some tenths of a second to compile.
    fn slow() -> Vec<u8> {
        let sums = "(local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 3)) (i32.load (local.get 0))))"
            .repeat(200);
        guest(&format!("(func (param i32) {sums})").repeat(150))
    }

    fn what_the_parent_was_compiling() -> Result<(), String> {
        let engine = engine();
        let wasm = slow();
        thread::scope(|threads| {
            let compiling = threads.spawn(|| engine.compile_cached(b"", &wasm).map(drop));
            while engine.cache_stats().misses == 0 {
                thread::yield_now();
            }
            thread::sleep(Duration::from_millis(30));
            assert!(!compiling.is_finished(), "the module compiles too fast for the test");
            let result = in_a_child(|| drop(engine.compile_cached(b"", &wasm).unwrap()));
            compiling.join().unwrap().unwrap();
            result
        })
    }

    /// `scribble` writes its number all over memory and into a global, `look` adds up what is there.
    const STATEFUL: &str = r#"
        (global $hidden (mut i32) (i32.const 0))
        (func (export "scribble") (param i32 i32) (result i64) (local $at i32)
            (call $open (local.get 0) (local.get 1))
            (global.set $hidden (i32.const 77))
            (local.set $at (i32.const 20000))
            (loop $more
                (i32.store (local.get $at) (i32.const 77))
                (br_if $more (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1000))) (i32.const 65000))))
            (call $number (i32.const 0)))
        (func (export "look") (param i32 i32) (result i64) (local $at i32) (local $sum i32)
            (call $open (local.get 0) (local.get 1))
            (local.set $at (i32.const 20000))
            (loop $more
                (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at))))
                (br_if $more (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 65000))))
            (call $number (i32.add (local.get $sum) (global.get $hidden))))"#;

    fn pool(limit: usize, reuse: Reuse) -> InstancePool {
        let engine = engine();
        let module = engine.compile(&wat::parse_str(plain(STATEFUL)).unwrap()).unwrap();
        InstancePool::new(&engine, &module, Arc::new(HostFunctions::new()), limit, reuse, || ())
    }

    fn look(pool: &InstancePool) -> Vec<u8> {
        pool.take().unwrap().call_raw("look", b"").unwrap()
    }

    fn scribble_and_look(pool: &InstancePool) {
        for _ in 0..3 {
            pool.take().unwrap().call_raw("scribble", b"secret").unwrap();
            assert_eq!(pool.size(), (0, 1), "put back, not dropped");
            assert_eq!(look(pool), [0; 4], "what the last user wrote");
        }
    }

    fn a_fresh_instance_holds_nothing_of_its_last_user() -> Result<(), String> {
        let pool = pool(1, Reuse::Fresh);
        drop(pool.take().unwrap());
        in_a_child(|| {
            scribble_and_look(&pool);
            in_a_child(|| scribble_and_look(&pool)).unwrap();
        })?;
        scribble_and_look(&pool);
        Ok(())
    }

    fn a_child_has_all_places_of_a_pool() -> Result<(), String> {
        for reuse in [Reuse::Fresh, Reuse::Kept] {
            let pool = pool(2, reuse);
            let mut one = pool.take().unwrap();
            let two = pool.take().unwrap();
            in_a_child(|| {
                // The child's own copy of the parent's instance can be used, and is none of its pool's.
                assert_eq!(one.call_raw("look", b"").unwrap(), [0; 4]);
                drop((one, two));
                assert_eq!(pool.size(), (0, 0));
                let three = [pool.take().unwrap(), pool.take().unwrap()];
                assert!(pool.take().is_err());
                drop(three);
                assert_eq!(pool.size(), (0, 2));
            })?;
        }
        Ok(())
    }

    fn traps_are_told_in_a_child() -> Result<(), String> {
        let engine = engine();
        let module = engine.compile(&guest("")).unwrap();
        let call =
            |function| failure(&mut WasmInstance::new(&engine, &module).unwrap(), function).into_kind();
        let (function, trap) = TRAPS[0];
        assert_eq!(call(function), HostErrorKind::Trap(trap));
        in_a_child(|| {
            for (function, trap) in TRAPS {
                assert_eq!(call(function), HostErrorKind::Trap(trap));
            }
            assert!(matches!(call("deep"), HostErrorKind::CallDepth { .. }));
        })
    }
}
