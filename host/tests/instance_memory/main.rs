//! What an instance takes besides its memory: no more than what is compared with `instance_limit`, and in an idle pool
//! nothing of its last call. In a program of its own, because all tests of one share their allocator.

#[path = "../common/mod.rs"]
mod common;
#[path = "../../../crates/host-core/tests/kept_memory/sys.rs"]
mod sys;

use aingle_wasm_host::prelude::*;
use common::*;
use std::sync::{Arc, Mutex, PoisonError};

/// Held by each test: what another one allocates would be counted, too.
static ALONE: Mutex<()> = Mutex::new(());

/// What is compared with the limit.
fn estimate(wasm: &[u8]) -> usize {
    let engine = engine_with(EngineConfig { instance_limit: 0, ..Default::default() });
    match *engine.compile(wasm).unwrap_err().kind() {
        HostErrorKind::InstanceLimit { limit: 0, needed } => needed as usize,
        ref other => panic!("{other}"),
    }
}

/// What a further instance of a module takes; the first fills caches of the process. Threads that compiled the module may
/// still give memory back, so that one instance alone can seem to take less.
fn measured(wasm: &[u8]) -> usize {
    let engine = engine();
    let module = engine.compile(wasm).unwrap();
    let made = || {
        let mut instance = WasmInstance::new(&engine, &module).unwrap();
        let _ = instance.register_raw("answer", |(), _, _| Ok(()));
        instance.start().unwrap();
        instance
    };
    let mut kept = vec![made()];
    let taken = (0..4).map(|_| {
        let before = sys::live();
        kept.push(made());
        sys::live().saturating_sub(before)
    });
    taken.max().unwrap_or(0)
}

/// The smallest guest, with imports.
fn importing(imports: &str) -> Vec<u8> {
    let guest = r#"
        (memory (export "memory") 1)
        (data (i32.const 16) "\14\01\00\00\00\04\00\00")
        (func (export "__aingle_abi_2") (result i32) (i32.const 16))
        (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 0))"#;
    wat::parse_str(format!("(module {imports} {guest})")).unwrap()
}

#[test]
fn the_estimate_covers_what_an_instance_takes() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let each = |number: usize, field: fn(usize) -> String| (0..number).map(field).collect::<String>();
    let import = |_| r#"(import "env" "answer" (func (param i32 i32) (result i64)))"#.to_owned();
    let kinds = [
        ("nothing", guest("")),
        ("functions", guest(&"(func)".repeat(2000))),
        ("globals", guest(&"(global (mut i64) (i64.const 0))".repeat(2000))),
        ("exports", guest(&each(2000, |at| format!(r#"(func (export "function number {at}"))"#)))),
        (
            "aliases",
            guest(&format!("(func $f) {}", each(2000, |at| format!(r#"(export "{at}" (func $f))"#)))),
        ),
        (
            "exported globals",
            guest(&each(2000, |at| format!(r#"(global (export "g{at}") i32 (i32.const 0))"#))),
        ),
        (
            "signatures",
            guest(&each(1000, |at| {
                let bits = (0..10).map(|bit| if at >> bit & 1 == 1 { "i64 " } else { "i32 " });
                format!("(func (param {}))", bits.collect::<String>())
            })),
        ),
        ("a table that cannot grow", guest("(table 20000 20000 funcref)")),
        ("a table that can grow", guest("(table 20000 funcref)")),
        ("tables", guest(&"(table 1 funcref)".repeat(90))),
        ("passive elements", guest(&format!("(func $f) (elem func {})", "$f ".repeat(20_000)))),
        ("passive segments", guest(&format!("(func $f) {}", "(elem func $f)".repeat(2000)))),
        ("passive data", guest(&r#"(data "x")"#.repeat(2000))),
        ("imports", importing(&each(1000, import))),
    ];
    let mut wrong = Vec::new();
    for (kind, wasm) in kinds {
        let (estimate, measured) = (estimate(&wasm), measured(&wasm));
        println!("{kind}: estimated {estimate}, measured {measured}");
        if measured > estimate || estimate > 3 * measured + 32_768 {
            wrong.push(kind);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// An instance that is kept as it is holds no response that its guest did not fetch.
#[test]
fn an_idle_pool_keeps_no_response_that_nobody_fetches() {
    const LARGE: usize = 8 << 20;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut functions = HostFunctions::new();
    let answer = |_: &mut (), _: &[u8], response: &mut Response<'_>| {
        response.write(&vec![7; LARGE]);
        Ok(())
    };
    functions.register_raw("answer", answer).unwrap();
    functions.register_raw("tell", |_: &mut (), _: &[u8], _: &mut Response<'_>| Ok(())).unwrap();
    let asks = r#"(func (export "asks") (param i32 i32) (result i64)
        (call $open (local.get 0) (local.get 1))
        (drop (call $answer (local.get 0) (local.get 1))) (call $number (i32.const 0)))"#;
    let engine = engine();
    let module = engine.compile(&caller(asks)).unwrap();
    let pool = InstancePool::new(&engine, &module, Arc::new(functions), 1, Reuse::Kept, || ());
    pool.take().unwrap().call_raw("echo", b"").unwrap();
    let before = sys::live();
    let mut instance = pool.take().unwrap();
    instance.call_raw("asks", b"").unwrap();
    let held = sys::live().saturating_sub(before);
    assert!(held > LARGE / 2, "while it is taken: {held}");
    drop(instance);
    let kept = sys::live().saturating_sub(before);
    assert!(kept < LARGE / 8 && pool.size() == (0, 1), "{kept} bytes");
}
