//! What stops a guest, and what is then left of it.

use crate::guest::{guest, relay, wasm3};
use aingle_wasm_host_core::Signature;
use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
use aingle_wasm_host_embedded::{Backend, EngineInstance, Error, Host, HostFunctions, Runtime, Trap};

fn trap(body: &str) -> Error {
    let fields = format!(
        r#"(type $t (func)) (type $u (func (result i32))) (table 3 funcref) (elem (i32.const 0) $wrong)
           (func $wrong (result i32) i32.const 1)
           (func $deeper (param i32) (result i32)
             (i32.add (i32.const 1) (call $deeper (i32.add (local.get 0) (i32.const 1)))))
           (func (export "f") (param i32 i32) (result i64) {body} (i64.const 0))"#
    );
    let wasm = guest(&fields);
    let mut runtime = Runtime::new(wasm3(), &wasm).unwrap();
    runtime.call_raw("echo", b"alive").unwrap();
    let error = runtime.call_raw("f", b"").unwrap_err();
    assert!(runtime.is_poisoned());
    assert_eq!(runtime.call_raw("echo", b"").unwrap_err(), Error::Poisoned);
    error
}

#[test]
fn each_trap_is_told_from_the_others_and_poisons() {
    let traps = [
        ("unreachable", Trap::Unreachable),
        ("(drop (i32.load (i32.const 65533)))", Trap::MemoryOutOfBounds),
        ("(i64.store offset=0xffffffff (i32.const -1) (i64.const 1))", Trap::MemoryOutOfBounds),
        ("(call_indirect (type $t) (i32.const 0))", Trap::IndirectCall),
        ("(call_indirect (type $t) (i32.const 2))", Trap::IndirectCall),
        ("(call_indirect (type $t) (i32.const -1))", Trap::IndirectCall),
        ("(drop (i32.div_s (i32.const 1) (i32.load (i32.const 60000))))", Trap::DivisionByZero),
        ("(drop (i64.rem_u (i64.const 1) (i64.load (i32.const 60000))))", Trap::DivisionByZero),
        ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", Trap::IntegerOverflow),
        ("(drop (i32.trunc_f32_s (f32.const 1e30)))", Trap::IntegerOverflow),
        ("(drop (i64.trunc_f64_u (f64.const nan)))", Trap::InvalidConversion),
        ("(drop (call $deeper (i32.const 0)))", Trap::StackOverflow),
    ];
    for (body, expected) in traps {
        assert_eq!(trap(body), Error::Trap(expected), "{body}");
    }
}

#[test]
fn a_panic_message_reaches_the_host() {
    let wasm = guest(
        r#"
      (data (i32.const 512) "no such sensor")
      (func (export "f") (param i32 i32) (result i64)
        (i32.store (i32.const 80) (i32.const 512)) (i32.store (i32.const 84) (i32.const 14)) unreachable)"#,
    );
    let mut runtime = Runtime::new(wasm3(), &wasm).unwrap();
    assert_eq!(runtime.call_raw("f", b"").unwrap_err(), Error::Panic { len: 14 });
    assert_eq!(runtime.error_body(), b"no such sensor");
}

#[test]
fn an_engine_that_trapped_refuses_every_further_call() {
    let wasm = guest(r#"(func (export "f") (param i32 i32) (result i64) unreachable)"#);
    let mut engine = wasm3().load(&wasm, Host::new((), HostFunctions::new())).unwrap();
    engine.start().unwrap();
    let function = engine.find("f", Signature::Entry).unwrap();
    let address = engine.find("__aingle_abi_2", Signature::Address).unwrap();
    assert_eq!(engine.call(&address, 0, 0), Ok(64));
    assert_eq!(engine.call(&function, 0, 0), Err(Trap::Unreachable));
    assert_eq!(engine.call(&address, 0, 0), Err(Trap::Other));
}

#[test]
fn a_trap_in_the_start_function_poisons() {
    let wasm = relay("(func $start unreachable) (start $start)");
    let mut runtime = Runtime::new(wasm3(), &wasm).unwrap();
    runtime.register_raw("work", |_, _, _| Ok(())).unwrap();
    assert_eq!(runtime.start().unwrap_err(), Error::Trap(Trap::Unreachable));
    assert_eq!(runtime.call_raw("echo", b"").unwrap_err(), Error::Poisoned);
}

/// Recursion of a function without parameters or locals, so that it takes as little of wasm3's stack, and
/// as much of the native one, as can be; and the same with many loops on the way.
fn recursion(loops: usize) -> Vec<u8> {
    let loops = "(loop)".repeat(loops);
    guest(&format!(
        r#"(func $r {loops} (call $r)) (func (export "f") (param i32 i32) (result i64) (call $r) (i64.const 0))"#
    ))
}

#[test]
fn endless_recursion_is_stopped_before_the_native_stack_is() {
    for loops in [0, 1, 40, 700, 2000] {
        let wasm = recursion(loops);
        // wasm3's stack alone would allow for a million calls.
        let config = Wasm3Config { stack_size: 8 << 20, ..Wasm3Config::default() };
        let run = move || Runtime::new(Wasm3::new(config), &wasm).unwrap().call_raw("f", b"").unwrap_err();
        let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap();
        assert_eq!(thread.join().unwrap(), Error::Trap(Trap::StackOverflow), "{loops} loops");
    }
}

#[test]
fn functions_that_need_much_of_the_stack_stay_within_it() {
    // Values that are moved out of a register, and arguments of calls. Where the stack ends in the middle of such a
    // function differs with the sizes tried here.
    let operands: String = (0..150).map(|at| format!("(i32.load (i32.const {}))", at * 4)).collect();
    let adds = "(i32.add)".repeat(149);
    let args = "i32 ".repeat(60);
    let zeros = "(i32.const 3)".repeat(60);
    let wasm = guest(&format!(
        r#"(func $many (param {args}) (result i32) (call $wide))
           (func $wide (result i32) {operands} {adds} (drop) (call $many {zeros}))
           (func (export "f") (param i32 i32) (result i64) (i64.extend_i32_u (call $wide)))"#
    ));
    for stack_size in (2000..6000).step_by(8) {
        let config = Wasm3Config { stack_size, ..Wasm3Config::default() };
        let mut runtime = Runtime::new(Wasm3::new(config), &wasm).unwrap();
        assert_eq!(runtime.call_raw("f", b"").unwrap_err(), Error::Trap(Trap::StackOverflow));
    }
}

#[test]
fn the_c_core_is_compiled_with_tail_calls() {
    let steps = "(local.set 0 (i32.add (local.get 0) (i32.load (local.get 1))))".repeat(500);
    let wasm = relay(&format!(
        r#"(func (export "near") (param i32 i32) (result i64)
             (drop (call $finish (local.get 0) (local.get 1) (i32.const 0)))
             (call $host (local.get 0) (local.get 1)))
           (func (export "far") (param i32 i32) (result i64) (local i32)
             (drop (call $finish (local.get 0) (local.get 1) (i32.const 0)))
             (local.set 2 (local.get 0)) {steps}
             (call $host (local.get 2) (i32.const 12)))"#
    ));
    let mut runtime = Runtime::with_state(wasm3(), &wasm, Vec::new()).unwrap();
    let place = |places: &mut Vec<usize>, _: &[u8], _: &mut aingle_wasm_host_embedded::Response<'_>| {
        let here = 0_u8;
        places.push(&raw const here as usize);
        Ok(())
    };
    runtime.register_raw("work", place).unwrap();
    runtime.notify("near", b"").unwrap();
    runtime.notify("far", b"").unwrap();
    let (near, far) = (runtime.state()[0], runtime.state()[1]);
    assert!(near.abs_diff(far) < 1024, "500 steps took {} bytes of native stack", near.abs_diff(far));
}
