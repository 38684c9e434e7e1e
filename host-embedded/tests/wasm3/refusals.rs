//! Modules that are refused, and what is said of them.

use crate::guest::{GUEST, assemble, guest, load_error, refusal, relay, wasm3};
use aingle_wasm_bridge::{ModuleError, Signature};
use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
use aingle_wasm_host_embedded::{Backend, Engine, Error, Host, HostFunctions, LoadError, Runtime};
use proptest::prelude::*;

#[test]
fn lesson_30_each_feature_that_wasm3_lacks_is_refused_by_name() {
    for (feature, fields) in [
        ("multi-value", "(func (result i32 i32) i32.const 1 i32.const 2)"),
        ("multi-value", "(func (i32.const 1) (block (param i32) (drop)))"),
        ("bulk memory", "(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))"),
        ("bulk memory", r#"(memory 1) (data "passive")"#),
        ("reference types", "(func (param externref))"),
        ("reference types", "(table 1 funcref) (func (drop (table.get 0 (i32.const 0))))"),
        ("SIMD", "(func (drop (v128.const i64x2 0 0)))"),
        ("tail calls", "(func $f (return_call $f))"),
        ("threads", "(memory 1 1 shared)"),
        ("multiple memories", "(memory 1) (memory 1)"),
        ("64-bit memory", "(memory i64 1)"),
        ("exceptions", "(tag) (func (throw 0))"),
        ("computed constants", "(global i32 (i32.add (i32.const 1) (i32.const 2)))"),
        ("custom page sizes", "(memory 1 (pagesize 1))"),
    ] {
        match load_error(&assemble(fields)) {
            LoadError::Unsupported { feature: found, .. } => assert_eq!(found, feature, "{fields}"),
            other => panic!("{fields}: {other:?}"),
        }
    }
}

#[test]
fn what_wasm3_has_is_accepted() {
    let wasm = guest(
        r#"
      (global (export "g") (mut i32) (i32.const 1))
      (func (export "f") (param i32 i32) (result i64)
        (drop (i32.extend8_s (i32.const 200)))
        (i64.trunc_sat_f64_s (f64.const 1e300)))"#,
    );
    Runtime::new(wasm3(), &wasm).unwrap().call_raw("echo", b"").unwrap();
}

#[test]
fn lesson_30_code_that_is_invalid_is_refused_with_its_place() {
    let wasm = wat::parse_str("(module (func (result i32) i64.const 1))").unwrap();
    assert_eq!(load_error(&wasm), LoadError::Invalid { offset: wasm.len() as u32 - 1 });
    // An opcode that wasm3 would look up past the end of its table.
    let mut wasm = wat::parse_str("(module (func (drop (i32.trunc_sat_f32_s (f32.const 0)))))").unwrap();
    let at = wasm.iter().position(|&byte| byte == 0xfc).unwrap();
    wasm[at + 1] = 0x7f;
    assert!(matches!(load_error(&wasm), LoadError::Invalid { .. }));
}

#[test]
fn what_is_no_module_at_all_is_said_to_be_none() {
    for bytes in [&b""[..], b"\0asm", b"\0asm\x0d\0\x01\0", b"#!/bin/sh\n"] {
        assert_eq!(refusal(wasm3(), bytes), Error::Module(ModuleError::NotWasm));
    }
}

#[test]
fn imports_other_than_host_functions_are_refused_by_name() {
    for import in [
        r#"(import "env" "x" (memory 1))"#,
        r#"(import "env" "x" (table 1 funcref))"#,
        r#"(import "env" "x" (global i32))"#,
        r#"(import "wasi" "x" (func (param i32 i32) (result i64)))"#,
        r#"(import "env" "x" (func (param i32)))"#,
    ] {
        match refusal(wasm3(), &assemble(import)) {
            Error::ImportSignature(name) => assert_eq!(name.as_str(), "x"),
            other => panic!("{import}: {other:?}"),
        }
    }
}

#[test]
fn a_guest_of_another_version_is_refused_as_such() {
    let wasm = assemble(&GUEST.replace("__aingle_abi_2", "__aingle_abi_3"));
    assert_eq!(refusal(wasm3(), &wasm), Error::AbiVersion { expected: 2, found: 3 });
}

/// Found by `cargo xtask differ`. `unchecked` asks wasm3 itself: when it answers 1, the refusal may go.
#[test]
fn a_branch_that_wasm3_miscompiles_is_refused() {
    let entry = |body: &str| {
        let head = r#"(global $one (mut i32) (i32.const 1)) (func (export "f") (param i32 i32) (result i64)"#;
        guest(&format!("{head} {body})"))
    };
    let float = "(f64.convert_i32_s (local.get 0))";
    let table = |below: &str| {
        entry(&format!(
            "(block $taken (block $other {below} (br_table $other $taken (i32.eqz (local.get 0))))
             (return (i64.const 0))) (i64.const 1)"
        ))
    };
    let branch = |label: &str, below: &str| {
        entry(&format!(
            "(block $void (drop (block $taken (result f64) {below} (br_if {label} (global.get $one))
             (return (i64.const 0)))) (return (i64.const 1))) (i64.const 1)"
        ))
    };
    let reason = "a branch has two floats below its operand";
    let below = format!("{float} (f64.const 1)");
    for wasm in [table(&below), branch("$taken", &below)] {
        assert_eq!(load_error(&wasm), LoadError::Engine { reason });
        assert_eq!(unchecked(&wasm), 0, "the branch is not taken");
    }
    for wasm in [
        table(float),
        table(&format!("{float} (i32.const 1)")),
        table(&format!("{float} (drop (block (result f64) (f64.const 1) (br_if 0 (i32.const 0))))")),
        table(&format!("(drop (loop (result f64) {below} (br_if 0 (i32.const 0)) (drop)))")),
        table(&format!("(block (br 0) {below} (br_table 0 (i32.const 0)))")),
        branch("$taken", float),
        branch("$void", &below),
    ] {
        assert!(Runtime::new(wasm3(), &wasm).is_ok());
        assert_eq!(unchecked(&wasm), 1, "the branch is taken");
    }
}

/// Who vouches for a module vouches for what wasm3 compiles, not for what is read before.
#[test]
fn lesson_30_damaged_sections_are_refused_without_validation() {
    // A table of one element that the section after it fills, from an offset on.
    let table = |elements: &[u8]| {
        let head = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x04\x04\x01\x70\0\x01";
        [&head[..], &[9, elements.len() as u8], elements, b"\x0a\x04\x01\x02\0\x0b"].concat()
    };
    let load = |wasm: &[u8]| {
        // SAFETY: there is no code but the end of a function.
        let trusting = unsafe { Wasm3::trusting(Wasm3Config::default()) };
        trusting.load(wasm, Host::new((), HostFunctions::new())).err()
    };
    assert_eq!(load(&table(b"\x01\0\x41\0\x0b\x01\0")), None);
    assert_eq!(load(&table(b"\x01\0\x41\x80\x80\x80\x80\0\x0b\x01\0")), None);
    // No number of segments; an offset of more than 32 bits.
    for (elements, offset) in [(&b""[..], 26), (b"\x01\0\x41\x80\x80\x80\x80\x10\x0b\x01\0", 29)] {
        assert_eq!(load(&table(elements)), Some(Error::Load(LoadError::Invalid { offset })));
    }
}

/// What `f` gives for 0 on wasm3 without our validation.
fn unchecked(wasm: &[u8]) -> u64 {
    // SAFETY: the modules are valid, and small.
    let trusting = unsafe { Wasm3::trusting(Wasm3Config::default()) };
    let mut engine = trusting.load(wasm, Host::new((), HostFunctions::new())).unwrap();
    engine.start().unwrap();
    let f = engine.find("f", Signature::Entry).unwrap();
    engine.call(&f, 0, 0).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Whatever becomes of a module, it is refused or it starts.
    #[test]
    fn lesson_30_mutated_modules_are_refused_or_started(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        // It is started and not called: a change can make a loop endless, and wasm3 has no fuel.
        let mut wasm = relay("").to_vec();
        for (at, byte) in changes {
            let at = at.index(wasm.len());
            wasm[at] = byte;
        }
        if let Some(cut) = cut {
            wasm.truncate(cut.index(wasm.len()));
        }
        let Ok(mut runtime) = Runtime::with_state(wasm3(), &wasm, ()) else { return Ok(()) };
        let echo = |_: &mut (), request: &[u8], response: &mut aingle_wasm_host_embedded::Response<'_>| {
            response.write(request);
            Ok(())
        };
        runtime.register_raw("work", echo).unwrap();
        let _ = runtime.start();
    }
}
