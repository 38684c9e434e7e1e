//! What is refused, and what is kept.
#![allow(missing_docs)]

mod common;

use aingle_wasm_metering::{Meter, MeterError, PriceList, inspect};
use aingle_wasm_types::metering::{Carried, RULES_VERSION};
use aingle_wasm_types::names::{DEPTH, FUEL, LIMITS_SECTION, START};
use common::wat;
use wasm_encoder::{CustomSection, Module};
use wasmparser::{Parser, Payload};

fn instrument(wasm: &[u8]) -> Result<Vec<u8>, MeterError> {
    Meter::new(PriceList::default()).instrument(wasm)
}

#[test]
fn a_module_that_brings_its_own_counters_is_refused() {
    for (name, ty) in [(FUEL, "i64"), (DEPTH, "i32"), (START, "i32")] {
        let global = format!(r#"(module (global (export "{name}") (mut {ty}) ({ty}.const 1)))"#);
        let function = format!(r#"(module (func (export "{name}")))"#);
        let import = format!(r#"(module (import "env" "{name}" (global (mut {ty}))))"#);
        // Another's counter, lent out as the guest's.
        let again = format!(
            r#"(module (import "env" "other" (global $g (mut {ty}))) (export "{name}" (global $g)))"#
        );
        for text in [global, function, import, again] {
            assert_eq!(
                instrument(&wat(&text)),
                Err(MeterError::ReservedName { name: name.into() }),
                "{text}"
            );
        }
    }
}

#[test]
fn a_forged_section_is_refused_and_so_is_a_second_pass() {
    let mut forged = Module::new();
    forged.section(&CustomSection { name: LIMITS_SECTION.into(), data: (&[0_u8; 16]).into() });
    assert_eq!(instrument(&forged.finish()), Err(MeterError::ForgedSection));
    let once = instrument(&wat("(module (func))")).expect("a module");
    assert_eq!(instrument(&once), Err(MeterError::AlreadyMetered));
}

/// What the reason says for each.
#[test]
fn features_that_are_not_handled_are_refused_by_name() {
    let modules = [
        ("tail calls", "(module (func $f (return_call $f)))"),
        ("64-bit memories", "(module (memory i64 1))"),
        ("multiple memories", "(module (memory 1) (memory 1))"),
        ("threads", "(module (memory 1 1 shared))"),
        ("exceptions", "(module (tag))"),
        ("gc feature", "(module (type (struct)))"),
        (
            "relaxed SIMD",
            "(module (func (param v128 v128) (result v128)
            (i8x16.relaxed_swizzle (local.get 0) (local.get 1))))",
        ),
        (
            "wide arithmetic",
            "(module (func (param i64 i64) (result i64 i64)
            (i64.mul_wide_u (local.get 0) (local.get 1))))",
        ),
        (
            "function references",
            "(module (type $t (func)) (func (param (ref $t)) (call_ref $t (local.get 0))))",
        ),
    ];
    for (name, text) in modules {
        let Err(MeterError::Unsupported { reason, .. }) = instrument(&wat(text)) else { panic!("{name}") };
        assert!(reason.contains(name), "{name}: {reason}");
    }
    let both = wat("(module (memory 1 1 shared) (func (result i32) (i64.const 1)))");
    assert!(matches!(instrument(&both), Err(MeterError::Invalid { .. })), "a feature, and invalid too");
    assert!(matches!(instrument(b"\0asm"), Err(MeterError::Invalid { .. })));
}

#[test]
fn prices_that_cannot_be_used_are_refused() {
    let wasm = wat("(module (func))");
    let mut prices = PriceList::default();
    prices.iteration = 0;
    let expected = MeterError::Price { field: "iteration", found: 0, min: 1, max: 1 << 16 };
    assert_eq!(Meter::new(prices).instrument(&wasm), Err(expected));
}

#[test]
fn every_price_changes_the_hash() {
    let standard = PriceList::default();
    assert_eq!(standard.hash(), aingle_wasm_types::metering::DEFAULT_PRICE_HASH);
    let mut hashes = vec![standard.hash()];
    let changes: [fn(&mut PriceList); 21] = [
        |it| it.instruction += 1,
        |it| it.memory_access += 1,
        |it| it.division += 1,
        |it| it.iteration += 1,
        |it| it.function += 1,
        |it| it.call += 1,
        |it| it.call_indirect += 1,
        |it| it.host_call += 1,
        |it| it.host_bytes.units += 1,
        |it| it.host_bytes.shift += 1,
        |it| it.host_reply.units += 1,
        |it| it.host_reply.shift += 1,
        |it| it.memory_grow += 1,
        |it| it.memory_pages.units += 1,
        |it| it.memory_pages.shift += 1,
        |it| it.bulk += 1,
        |it| it.bulk_bytes.units += 1,
        |it| it.bulk_bytes.shift += 1,
        |it| it.table += 1,
        |it| it.table_elements.units += 1,
        |it| it.table_elements.shift += 1,
    ];
    for change in changes {
        let mut prices = standard;
        change(&mut prices);
        hashes.push(prices.hash());
    }
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), 1 + changes.len());
}

#[test]
fn what_a_module_carries_can_be_read_without_running_it() {
    let meter = Meter::new(PriceList::default());
    let metered = meter.instrument(&wat("(module)")).expect("a module");
    let price_hash = PriceList::default().hash();
    assert_eq!(inspect(&metered), Some(Carried { rules: RULES_VERSION, price_hash, fixed_depth: 1 }));
    assert_eq!(inspect(&wat("(module)")), None);
}

#[test]
fn names_and_custom_sections_are_kept() {
    let plain =
        wat(r#"(module $named (@custom "aingle.abi" "\01\02\03") (@custom "other" (after data) "text")
             (import "env" "f" (func $imported)) (memory 1) (data $d "x") (table 1 funcref)
             (elem (i32.const 0) $imported) (func $mine (param $p i32) (data.drop $d)))"#);
    let metered = instrument(&plain).expect("a module");
    let customs = |wasm: &[u8]| -> Vec<(String, Vec<u8>)> {
        let payloads = Parser::new(0).parse_all(wasm).flatten();
        let customs = payloads.filter_map(|payload| match payload {
            Payload::CustomSection(section) => Some((section.name().to_owned(), section.data().to_vec())),
            _ => None,
        });
        customs.collect()
    };
    let (before, mut after) = (customs(&plain), customs(&metered));
    assert_eq!(after.pop().map(|(name, _)| name).as_deref(), Some(LIMITS_SECTION));
    assert_eq!(before, after);
    assert!(before.iter().any(|(name, _)| name == "name"));
}
