//! What an idle pool keeps of what its guests touched. In a program of its own, because all tests of one share their memory.
#![cfg(target_os = "linux")]

mod common;

use aingle_wasm_host::prelude::*;
use common::*;
use std::sync::Arc;

const MIB: usize = 1 << 20;

/// What of this process is in memory, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

/// A guest of 64 MiB. `fill` writes to all pages from the second MiB on, `sum` adds up what is there.
fn large() -> Vec<u8> {
    let each = |change: &str| {
        format!(
            "(local.set $at (i32.const {MIB}))
             (loop $more {change}
                (br_if $more (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4096)))
                    (i32.const {}))))",
            64 * MIB
        )
    };
    let fill = each("(i32.store (local.get $at) (local.get $at))");
    let sum = each("(local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at))))");
    let more = format!(
        r#"(func (export "fill") (param i32 i32) (result i64) (local $at i32)
               (call $open (local.get 0) (local.get 1)) {fill} (call $number (i32.const 0)))
           (func (export "sum") (param i32 i32) (result i64) (local $at i32) (local $sum i32)
               (call $open (local.get 0) (local.get 1)) {sum} (call $number (local.get $sum)))"#
    );
    let text =
        plain(&more).replacen(r#"(memory (export "memory") 1)"#, r#"(memory (export "memory") 1024)"#, 1);
    wat::parse_str(text).unwrap()
}

fn pool(pool_idle_memory: u64) -> InstancePool {
    let engine = engine_with(EngineConfig { pool_idle_memory, ..Default::default() });
    let module = engine.compile(&large()).unwrap();
    InstancePool::new(&engine, &module, Arc::new(HostFunctions::new()), 4, Reuse::Fresh, || ())
}

fn take_all(pool: &InstancePool, function: &str) {
    let taken: Vec<_> = (0..4).map(|_| pool.take().unwrap()).collect();
    for mut instance in taken {
        instance.call_raw(function, b"").unwrap();
    }
}

#[test]
fn an_idle_pool_gives_back_what_was_touched() {
    // 63 MiB are far more than an idle instance may hold by default.
    let bounded = pool(EngineConfig::default().pool_idle_memory);
    take_all(&bounded, "sum");
    let before = resident();
    for _ in 0..2 {
        take_all(&bounded, "fill");
        assert_eq!(bounded.size(), (0, 4), "put back, not dropped");
        let kept = resident().saturating_sub(before);
        assert!(kept < 4 * 17 * MIB, "{kept} bytes");
        assert_eq!(bounded.take().unwrap().call_raw("sum", b"").unwrap(), [0; 4], "what the last user wrote");
    }

    // Within the limit, pages are kept for a guest that uses them again, and given back when it does not.
    let unbounded = pool(u64::MAX);
    take_all(&unbounded, "echo");
    let before = resident();
    take_all(&unbounded, "fill");
    assert!(resident().saturating_sub(before) > 4 * 60 * MIB, "kept");
    take_all(&unbounded, "echo");
    let kept = resident().saturating_sub(before);
    assert!(kept < 4 * MIB, "{kept} bytes that nobody uses");
    assert_eq!(unbounded.size(), (0, 4), "put back, not dropped");
    assert_eq!(unbounded.take().unwrap().call_raw("sum", b"").unwrap(), [0; 4]);

    // Without any, instances are made anew.
    let none = pool(0);
    take_all(&none, "fill");
    assert_eq!(none.size(), (0, 0));
}
