//! Modules that are refused, and what is said of them.

use crate::guest::{GUEST, assemble, guest, load_error, refusal, relay, wasm3};
use aingle_wasm_host_core::{ModuleError, Signature};
use aingle_wasm_host_embedded::{Backend, EngineInstance, Error, Host, HostFunctions, LoadError, Runtime};
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

/// Later features of several kinds: the one that comes first is named, with its own place. wasm3 has sign extension.
#[test]
fn lesson_30_a_refusal_names_the_feature_that_is_at_its_place() {
    let threads = "(func (drop (i32.const 1)) (drop (i32.atomic.load (i32.const 0))))";
    let later = "(func $f (return_call $f)) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))";
    for simd in ["", "(func (drop (v128.const i64x2 0 0)))"] {
        let wasm = assemble(&format!("(memory 1) {threads} {later} {simd}"));
        let at = wasm.windows(2).position(|bytes| bytes == [0xfe, 0x10]).unwrap() as u32;
        assert_eq!(load_error(&wasm), LoadError::Unsupported { feature: "threads", offset: at });
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
        assert_eq!(refusal(wasm3(), bytes), Error::Module(ModuleError::not_wasm(bytes)));
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

/// A variable of 64 bits that is on the operand stack several times while it is set: wasm3 0.9 by itself frees half of
/// the copy at its first use, with slots of 32 bits, and another value overwrites it. Found by `cargo xtask differ`.
#[test]
fn a_copy_of_a_variable_is_whole_until_its_last_use() {
    for (ty, make, bits) in
        [("f64", "f64.convert_i32_s", "i64.reinterpret_f64"), ("i64", "i64.extend_i32_s", "")]
    {
        let wasm = guest(&format!(
            r#"(global $used (mut {ty}) ({ty}.const 0)) (global $other (mut i32) (i32.const 0))
               (func (export "f") (param i32 i32) (result i64) (local $x {ty})
                 (local.set $x ({make} (i32.add (local.get 0) (i32.const 3))))
                 local.get $x local.get $x local.get $x
                 (local.set $x ({ty}.const 9))
                 global.set $used
                 (i32.add (local.get 0) (i32.const -1)) (i32.add (local.get 0) (i32.const -1))
                 i32.add global.set $other
                 {ty}.add {bits})"#
        ));
        let right = if ty == "f64" { 6.0_f64.to_bits() } else { 6 };
        assert_eq!(result(&wasm), right, "{ty}");
    }
}

/// Row "silently wrong values": wasm3 0.9 by itself loses a float below one that a branch carries, where the branch is not
/// taken, and 0.4.7 overwrote the branch's operand. Found by `cargo xtask differ`.
#[test]
fn a_branch_that_carries_a_float_over_another_is_right_taken_or_not() {
    let entry = |body: &str| {
        guest(&format!(
            r#"(global $zero (mut i32) (i32.const 0)) (global $one (mut i32) (i32.const 1))
               (func (export "f") (param i32 i32) (result i64) {body})"#
        ))
    };
    // 40 and 2, computed in the register.
    let below = "(f64.convert_i32_s (i32.add (local.get 0) (i32.const 40)))";
    let top =
        ["(f64.convert_i32_s (i32.add (local.get 0) (i32.const 2)))", "(f64.const 2)", "(local.get $local)"];
    for (taken, right) in [("$zero", 42), ("$one", 2)] {
        for top in top {
            let branch = entry(&format!(
                "(local $local f64) (local.set $local (f64.const 2))
                 (i64.trunc_f64_s (block $out (result f64) (f64.add {below} {top} (br_if $out (global.get {taken})))))"
            ));
            // Out of a block, what is below is dropped: 42 is reached only where the branch is not taken.
            assert_eq!(result(&branch), right, "{top}, {taken}");
            let chosen = entry(&format!(
                "(local $local f64) (local.set $local (f64.const 2))
                 (i64.trunc_f64_s (block $out (result f64)
                   (f64.add (f64.const 40) (block $in (result f64)
                     {below} {top} (br_table $in $out (global.get {taken}))))))"
            ));
            assert_eq!(result(&chosen), right, "{top}, {taken}");
        }
    }
    // To the end of the function, by a branch that is not taken and by one that is.
    for (taken, right) in [("$zero", 42.0_f64), ("$one", 2.0)] {
        let wasm = guest(&format!(
            r#"(global $zero (mut i32) (i32.const 0)) (global $one (mut i32) (i32.const 1))
               (func $inner (param i32) (result f64) (f64.add {below} (f64.const 2) (br_if 0 (global.get {taken}))))
               (func (export "f") (param i32 i32) (result i64) (i64.reinterpret_f64 (call $inner (local.get 0))))"#
        ));
        assert_eq!(f64::from_bits(result(&wasm)), right);
    }
    // The operand of the branch is computed, too, and there are two floats below it.
    let float = "(f64.convert_i32_s (local.get 0))";
    for two in [format!("{float} (f64.const 1)"), format!("{float} {float}"), float.to_owned()] {
        let table = entry(&format!(
            "(block $taken (block $other {two} (br_table $other $taken (i32.eqz (local.get 0))))
             (return (i64.const 0))) (i64.const 1)"
        ));
        assert_eq!(result(&table), 1, "{two}");
    }
}

/// Row "silently wrong values": wasm3 0.4.7 overwrote a computed operand with the memory's size.
#[test]
fn memory_size_beside_a_computed_value_is_right() {
    let computed = "(i32.add (local.get 0) (i32.const 40))";
    for (body, right) in [
        (format!("(i64.extend_i32_u (i32.add {computed} (memory.size)))"), 41),
        (format!("(i64.extend_i32_u (i32.sub {computed} (memory.size)))"), 39),
        (format!("(i64.extend_i32_u (call $both {computed} (memory.size))) (return)"), 41),
        (format!("(i64.extend_i32_u (call $first {computed} (memory.size)))"), 40),
        (format!("(i64.extend_i32_u (i32.add (block (result i32) {computed}) (memory.size)))"), 41),
        (format!("(i64.add (i64.extend_i32_u {computed}) (i64.extend_i32_u (memory.size)))"), 41),
        (format!("{computed} (drop (f64.convert_i32_u (memory.size))) (return (i64.extend_i32_u))"), 40),
        ("(i64.extend_i32_u (memory.size))".to_owned(), 1),
        (format!("(i64.extend_i32_u (i32.add (memory.size) {computed}))"), 41),
        (format!("{computed} (loop (result i32) (memory.size)) (i64.extend_i32_u (i32.add))"), 41),
        ("(f64.convert_i32_u (i32.const 40)) (i64.trunc_f64_u (f64.add (f64.convert_i32_u (memory.size))))".to_owned(), 41),
    ] {
        let wasm = guest(&format!(
            r#"(func $both (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
               (func $first (param i32 i32) (result i32) (local.get 0))
               (func (export "f") (param i32 i32) (result i64) {body})"#
        ));
        assert_eq!(result(&wasm), right, "{body}");
    }
}

/// A conversion while both registers hold values, whose result wasm3 would put into a slot by itself.
#[test]
fn a_conversion_beside_values_in_both_registers_is_right() {
    let computed = "(i32.add (local.get 0) (i32.const 40))";
    let float = "(f64.convert_i32_s (i32.add (local.get 0) (i32.const 2)))";
    for (body, right) in [
        (format!("(i64.extend_i32_u (i32.add {computed} (i32.trunc_f64_s {float})))"), 42),
        (format!("(i64.extend_i32_u (i32.add {computed} (i32.trunc_sat_f64_u {float})))"), 42),
        (format!("(i64.trunc_f64_s (f64.add {float} (f64.convert_i32_s {computed})))"), 42),
        (
            format!(
                "(i64.add (i64.extend_i32_s {computed}) (i64.sub (i64.reinterpret_f64 {float}) (i64.const 0x4000000000000000)))"
            ),
            40,
        ),
        (format!("(i64.trunc_f64_s (f64.add {float} (f64.promote_f32 (f32.convert_i32_s {computed}))))"), 42),
    ] {
        let wasm = guest(&format!(r#"(func (export "f") (param i32 i32) (result i64) {body})"#));
        assert_eq!(result(&wasm), right, "{body}");
    }
}

/// What wasm3's validation does not look at by itself, or its compiler does not: all of it is refused.
#[test]
fn lesson_30_what_wasm3_itself_overlooks_is_refused() {
    let code = |body: &[u8]| {
        let head = b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\x03\x02\x01\0\x05\x03\x01\0\x01\x06\x06\x01\x7f\0\x41\0\x0b";
        let len = body.len() as u8;
        [&head[..], &[10, len + 3, 1, len + 1, 0], body].concat()
    };
    assert!(wasm3().load(&code(b"\x41\x01\x0b"), Host::new((), HostFunctions::new())).is_ok());
    for (body, offset) in [
        // Bytes after the end; an `if` with a result and no `else`; a global that cannot be set.
        (&b"\x41\x01\x0b\x0b"[..], 2),
        (b"\x41\x01\x04\x7f\x41\x01\x0b\x0b", 6),
        (b"\x41\x01\x24\0\x41\x01\x0b", 2),
        // An `else` of nothing; a saturating conversion of an integer; no opcode.
        (b"\x41\x01\x05\x0b", 2),
        (b"\x41\x01\xfc\0\x0b", 2),
        (b"\x27\x0b", 0),
        // A memory other than the first.
        (b"\x3f\x01\x0b", 0),
        // No end at all, and an end in the middle of an instruction.
        (b"\x41\x01", 0),
        (b"\x41\x80", 0),
    ] {
        let wasm = code(body);
        let start = (wasm.len() - body.len()) as u32;
        assert_eq!(load_error(&wasm), LoadError::Invalid { offset: start + offset }, "{body:x?}");
    }
}

/// Row "silently wrong values": what 0.4.7 got wrong by itself.
#[test]
fn what_wasm3_by_itself_gets_wrong_is_right_here() {
    // Three names of one function.
    let wasm = guest(
        r#"(func $f (param i32 i32) (result i64) (i64.const 7))
           (export "a" (func $f)) (export "b" (func $f)) (export "c" (func $f))"#,
    );
    let mut engine = wasm3().load(&wasm, Host::new((), HostFunctions::new())).unwrap();
    for name in ["a", "b", "c"] {
        let function = engine.find(name, Signature::Entry).unwrap();
        assert_eq!(engine.call(&function, 0, 0), Ok(7), "{name}");
    }
    // Every number with as many bytes as it may have: counts, types, indices, labels, offsets, constants.
    let five = |value: u32| {
        let mut bytes = [0; 5];
        for (at, byte) in (0_u32..).zip(&mut bytes) {
            *byte = (value >> (7 * at)) as u8 & 0x7f | if at < 4 { 0x80 } else { 0 };
        }
        bytes
    };
    let locals = [&five(2)[..], &five(1), b"\x7f", &five(1), b"\x7e"].concat();
    let branch = [b"\x02\x40\x20", &five(1)[..], b"\x0e", &five(1), &five(0), &five(0), b"\x0b"].concat();
    let sets = [b"\x41\xff\xff\xff\xff\x7f\x21", &five(2)[..], b"\x42", &[0xff; 9], b"\x7f\x21", &five(3)];
    let sum = [b"\x20", &five(3)[..], b"\x20", &five(2), b"\xac\x7c\x41", &five(64)];
    let rest = [b"\x28", &five(2)[..], &five(0), b"\xad\x7c\x10", &five(1), b"\x7c\x0b"];
    let code = [locals, branch, sets.concat(), sum.concat(), rest.concat()].concat();
    let mut wasm = b"\0asm\x01\0\0\0".to_vec();
    let mut section = |id: u8, body: &[&[u8]]| {
        let body = body.concat();
        wasm.push(id);
        wasm.extend(five(body.len() as u32));
        wasm.extend(body);
    };
    let entry = [b"\x60", &five(2)[..], b"\x7f\x7f", &five(1), b"\x7e"].concat();
    section(1, &[&five(2), &entry, b"\x60", &five(0), &five(1), b"\x7e"]);
    section(3, &[&five(2), &five(0), &five(1)]);
    section(5, &[&five(1), b"\0", &five(1)]);
    section(7, &[&five(1), &five(1), b"f\0", &five(0)]);
    section(10, &[&five(2), &five(code.len() as u32), &code, &five(4), b"\0\x42\x05\x0b"]);
    section(11, &[&five(1), &five(0), b"\x41", &five(64), b"\x0b", &five(1), b"\x09"]);
    // -1 - 1 + 9 + 5.
    assert_eq!(result(&wasm), 12);
}

/// Row "compiling is unbounded": the time that wasm3's compiler takes is counted before, and refused if the module's size
/// does not explain it.
#[test]
fn code_that_takes_wasm3_long_to_compile_is_refused() {
    let locals = "i64 ".repeat(1500);
    let function = |blocks: usize| {
        let blocks = "(block)".repeat(blocks);
        format!("(func (local {locals}) (drop (i32.const 1) (i32.const 2) {blocks} (drop)))")
    };
    let wasm = assemble(&function(100));
    assert!(wasm3().load(&wasm, Host::new((), HostFunctions::new())).is_ok());
    let refused = load_error(&assemble(&function(20_000)));
    let LoadError::EngineLimit { what: "steps to compile", limit, found } = refused else {
        panic!("{refused:?}");
    };
    assert!(limit > 1 << 24 && found > limit, "{limit} {found}");
    // Many small functions, each with as many variables as there may be.
    let many = assemble(&format!("(func (local {locals}))").repeat(30));
    assert!(matches!(load_error(&many), LoadError::EngineLimit { what: "steps to compile", .. }));
    // As many operands of one local variable as wasm3 counts in eight bits, and one more.
    let operands = |many: usize| {
        let (gets, drops) = ("(local.get 0)".repeat(many), "(drop)".repeat(many));
        assemble(&format!("(func (param i32) {gets} (local.set 0 (local.get 0)) {drops})"))
    };
    let what = "operands in one function";
    assert_eq!(load_error(&operands(255)), LoadError::EngineLimit { what, limit: 255, found: 256 });
    assert!(wasm3().load(&operands(254), Host::new((), HostFunctions::new())).is_ok());
}

#[test]
fn lesson_30_damaged_sections_are_refused() {
    // A table of one element that the section after it fills, from an offset on.
    let table = |elements: &[u8]| {
        let head = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x04\x04\x01\x70\0\x01";
        [&head[..], &[9, elements.len() as u8], elements, b"\x0a\x04\x01\x02\0\x0b"].concat()
    };
    let load = |wasm: &[u8]| wasm3().load(wasm, Host::new((), HostFunctions::new())).err();
    assert_eq!(load(&table(b"\x01\0\x41\0\x0b\x01\0")), None);
    assert_eq!(load(&table(b"\x01\0\x41\x80\x80\x80\x80\0\x0b\x01\0")), None);
    // No number of segments; an offset of more than 32 bits; bytes after the last segment.
    for (elements, offset) in
        [(&b""[..], 26), (b"\x01\0\x41\x80\x80\x80\x80\x10\x0b\x01\0", 29), (b"\x01\0\x41\0\x0b\x01\0\0", 33)]
    {
        assert_eq!(load(&table(elements)), Some(Error::Load(LoadError::Invalid { offset })));
    }
    // Exports of what is not there, a memory that begins above its maximum, and a start function of a wrong type.
    for fields in [
        r#"(export "f" (func 0))"#,
        r#"(func) (export "f" (func 1))"#,
        r#"(export "m" (memory 0))"#,
        r#"(export "t" (table 0))"#,
        r#"(export "g" (global 0))"#,
        "(memory 2 1)",
        "(memory 65537)",
        "(table 2 1 funcref)",
        "(global i32 (i64.const 0))",
    ] {
        assert!(matches!(load_error(&assemble(fields)), LoadError::Invalid { .. }), "{fields}");
    }
    for start in ["(func (param i32)) (start 0)", "(func (result i32) i32.const 0) (start 0)", "(start 0)"] {
        assert!(matches!(load_error(&assemble(start)), LoadError::Engine { .. }), "{start}");
    }
}

/// What `f` gives for 0.
fn result(wasm: &[u8]) -> u64 {
    let mut engine = wasm3().load(wasm, Host::new((), HostFunctions::new())).unwrap();
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
