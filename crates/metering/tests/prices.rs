//! Each price is that of its own instructions, and of no others.

mod common;

use aingle_wasm_metering::{Meter, PerSize, PriceList};
use common::{agreed, wat};

const PLENTY: i64 = 1 << 40;
const DEPTH: i32 = 1000;

/// Everything is free, except what must have a price.
fn free() -> PriceList {
    let nothing = PerSize { units: 0, shift: 0 };
    let mut prices = PriceList::default();
    for price in [
        &mut prices.instruction,
        &mut prices.memory_access,
        &mut prices.division,
        &mut prices.float,
        &mut prices.float_product,
        &mut prices.library,
        &mut prices.call,
        &mut prices.call_indirect,
        &mut prices.host_call,
        &mut prices.memory_grow,
        &mut prices.bulk,
        &mut prices.table,
    ] {
        *price = 0;
    }
    (prices.iteration, prices.function) = (1, 1);
    (prices.host_bytes, prices.host_reply, prices.memory_pages) = (nothing, nothing, nothing);
    (prices.bulk_bytes, prices.table_elements) = (nothing, nothing);
    prices
}

fn used(prices: PriceList, wasm: &[u8]) -> u64 {
    let wasm = Meter::new(prices).instrument(wasm).expect("it can have limits");
    let outcome = agreed(&wasm, "f", &[], PLENTY, DEPTH);
    assert_eq!(outcome.result, Ok(vec![]));
    outcome.reading.expect("counters").used(PLENTY as u64)
}

/// What `f` executes, a different number of times of each kind that has a price.
const OF_EACH_KIND: [(&str, &str); 22] = [
    ("division", "(drop (i32.div_s (i32.const 7) (i32.const 2)))"),
    ("division", "(drop (i64.rem_u (i64.const 7) (i64.const 2)))"),
    ("float", "(drop (f32.add (f32.const 1) (f32.const 2)))"),
    ("float", "(drop (f64.sub (f64.const 1) (f64.const 2)))"),
    ("float", "(drop (f64.promote_f32 (f32.const 1)))"),
    ("float_product", "(drop (f32.mul (f32.const 1) (f32.const 2)))"),
    ("float_product", "(drop (f64.div (f64.const 1) (f64.const 2)))"),
    ("float_product", "(drop (f64.sqrt (f64.const 1)))"),
    ("float_product", "(drop (f32.sqrt (f32.const 1)))"),
    ("library", "(drop (memory.size))"),
    ("library", "(drop (table.size))"),
    ("library", "(drop (ref.func $g))"),
    ("library", "(drop (table.get (i32.const 0)))"),
    ("library", "(table.set (i32.const 0) (ref.func $g))"),
    ("memory_access", "(drop (i64.load8_u (i32.const 0)))"),
    ("memory_access", "(f64.store (i32.const 8) (f64.const 0))"),
    ("call", "(call $g)"),
    ("call_indirect", "(call_indirect (type $t) (i32.const 0))"),
    ("memory_grow", "(drop (memory.grow (i32.const 0)))"),
    ("bulk", "(memory.fill (i32.const 0) (i32.const 0) (i32.const 16))"),
    ("table", "(drop (table.grow (ref.null func) (i32.const 1)))"),
    ("iteration", "(loop)"),
];

/// How often something of this kind is executed.
fn times(kind: &str) -> u64 {
    // One function more than are called: `f`, which the host calls. A `table.set` has its `ref.func`, too.
    let own = match kind {
        "function" => return 1 + times("call") + times("call_indirect"),
        "library" => 1,
        _ => 0,
    };
    own + OF_EACH_KIND.iter().filter(|(of, _)| *of == kind).count() as u64
}

#[test]
fn each_kind_of_instruction_costs_its_own_price() {
    let code: String = OF_EACH_KIND.iter().map(|(_, code)| *code).collect();
    let wasm = wat(&format!(
        r#"(module (type $t (func)) (memory 1 4) (table 2 9 funcref) (elem (i32.const 0) $g)
             (func $g) (func (export "f") {code}))"#
    ));
    let base = used(free(), &wasm);
    type Field = fn(&mut PriceList) -> &mut u32;
    let kinds: [(&str, Field); 12] = [
        ("division", |prices| &mut prices.division),
        ("float", |prices| &mut prices.float),
        ("float_product", |prices| &mut prices.float_product),
        ("library", |prices| &mut prices.library),
        ("memory_access", |prices| &mut prices.memory_access),
        ("call", |prices| &mut prices.call),
        ("call_indirect", |prices| &mut prices.call_indirect),
        ("memory_grow", |prices| &mut prices.memory_grow),
        ("bulk", |prices| &mut prices.bulk),
        ("table", |prices| &mut prices.table),
        ("iteration", |prices| &mut prices.iteration),
        ("function", |prices| &mut prices.function),
    ];
    for (kind, field) in kinds {
        let mut prices = free();
        *field(&mut prices) += 1000;
        assert_eq!(used(prices, &wasm) - base, 1000 * times(kind), "{kind}");
    }
}
