//! Images for microcontrollers: what is in them, that they repeat, and what is refused.
#![allow(missing_docs)]

use aingle_wasm_aot::{AotError, CHIPS, Chip, Limits, Toolchain, Translation, Translator};
use aingle_wasm_image::Image;

const GUEST: &str = r#"(module
    (import "env" "ask" (func $ask (param i32 i32) (result i64)))
    (memory (export "memory") 1)
    (table 2 funcref) (elem (i32.const 0) $even $odd)
    (global $calls (mut i32) (i32.const 7))
    (func $even (param i32) (result i32)
        (if (result i32) (local.get 0) (then (i32.rotl (call $odd (i32.sub (local.get 0) (i32.const 1))) (i32.const 3))) (else (i32.const 1))))
    (func $odd (param i32) (result i32)
        (if (result i32) (local.get 0) (then (i32.rotl (call $even (i32.sub (local.get 0) (i32.const 1))) (i32.const 5))) (else (i32.const 0))))
    (func (export "alloc") (param i32) (result i32)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0)))
    (func (export "entry") (param i32 i32) (result i64)
        (f64.store (local.get 0) (f64.div (f64.sqrt (f64.load (local.get 1))) (f64.nearest (f64.load offset=8 (local.get 1)))))
        (f32.store offset=16 (local.get 0) (f32.mul (f32.load (local.get 1)) (f32.convert_i64_u (i64.load (local.get 1)))))
        (i64.store offset=24 (local.get 0) (i64.div_u (i64.load (local.get 1)) (i64.load offset=8 (local.get 1))))
        (call $ask (local.get 0) (local.get 1)))
    (func (export "odd type") (param f32))
    (data (i32.const 100) "hello"))"#;

/// The processors whose target is installed. `cargo xtask setup` installs those of the SDK.
fn installed() -> impl Iterator<Item = Chip> {
    let toolchain = Toolchain::find().unwrap();
    CHIPS.into_iter().filter(move |chip| toolchain.has(chip))
}

fn translate(chip: Chip, limits: Limits) -> Translation {
    let wasm = wat::parse_str(GUEST).unwrap();
    let translator = Translator::new(chip).unwrap().memory(8192).limits(limits);
    translator.translate(&wasm).unwrap_or_else(|error| panic!("{}: {error}", chip.name))
}

#[test]
fn images_for_all_processors_that_are_installed() {
    let mut count = 0;
    for chip in installed() {
        let translation = translate(chip, Limits::Merged);
        let image = Image::parse(&translation.image).unwrap();
        assert_eq!((image.target(), image.memory(), image.pages()), (chip.target, 8192, 1));
        let counters = image.counters().expect("limits are merged in");
        assert_eq!((counters.fuel, counters.depth), (32, 40));
        assert_eq!(image.data().next().unwrap().bytes, b"hello");
        assert_eq!(image.exports().count(), 2, "a function of another type cannot be called");
        let stack = translation.stack;
        assert!(stack.per_depth > 0 && stack.fixed < 4096, "{}: {stack:?}", chip.name);
        let plain = translate(chip, Limits::AsIs);
        assert_eq!(Image::parse(&plain.image).unwrap().counters(), None);
        println!(
            "{}: {} bytes, {stack:?}; {} without limits",
            chip.name,
            translation.image.len(),
            plain.image.len()
        );
        count += 1;
    }
    assert!(count > 3, "{count} targets are installed");
}

#[test]
fn what_is_not_translated_is_named() {
    let translator = Translator::new(Chip::named("thumbv7m").unwrap()).unwrap().limits(Limits::AsIs);
    for (feature, place, body) in [
        ("an imported memory", None, r#"(import "env" "memory" (memory 1))"#),
        ("an imported table", None, r#"(import "env" "table" (table 1 funcref))"#),
        ("an imported global", None, r#"(import "env" "global" (global i32))"#),
        (
            "an import of another type than (i32, i32) -> i64",
            Some(1),
            r#"(import "env" "f" (func $f)) (func (call $f))"#,
        ),
        ("a passive segment of data", None, r#"(memory 1) (data "x")"#),
        ("a table that changes", Some(0), "(table 1 funcref) (func (drop (table.size)))"),
        ("a reference", Some(1), "(func) (func (drop (ref.null func)))"),
        ("a reference or a vector", Some(0), "(func (param externref))"),
        ("SIMD", None, "(func (drop (v128.const i64x2 0 0)))"),
        ("threads", None, "(memory 1 1 shared) (func (drop (i32.atomic.load (i32.const 0))))"),
        ("64-bit memory", None, "(memory i64 1)"),
        ("tail calls", None, "(func $f (return_call $f))"),
        ("several memories", None, "(memory 1) (memory 1)"),
    ] {
        let wasm = wat::parse_str(format!("(module {body})")).unwrap();
        match translator.translate(&wasm).unwrap_err() {
            AotError::Unsupported { feature: named, function, offset } => {
                assert_eq!((named, function), (feature, place), "{body}");
                assert!(function.is_none() || offset > 8, "{body}");
            }
            other => panic!("{body}: {other}"),
        }
    }
    let wasm = wat::parse_str(GUEST).unwrap();
    let large = translator.clone().memory(65_537).translate(&wasm).unwrap_err();
    assert!(matches!(large, AotError::Memory { expected: 65_536, found: 65_537 }), "{large}");
    let small = translator.memory(104).translate(&wasm).unwrap_err();
    assert!(matches!(small, AotError::Segment { index: 0, expected: 104, found: 105 }), "{small}");
}
