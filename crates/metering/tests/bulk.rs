//! Bulk operations that work in pieces do what they did whole, and cost the same.
#![allow(missing_docs)]

mod common;

use aingle_wasm_metering::{Meter, PriceList};
use common::{Arg, Machine, Trap, Wasmer, wat};

/// As in the pass: what is worked on at once, in bytes.
const PIECE: u32 = 1 << 20;
/// 70 pages, which are four pieces and a part of one.
const MEMORY: u32 = 70 << 16;

/// Bulk operations, and the sum of the memory in which each place counts differently.
const MODULE: &str = r#"(module
    (memory 70)
    (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
    (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
    (func (export "seed") (local i32)
        (loop
            (i64.store (local.get 0) (i64.mul (i64.extend_i32_u (local.get 0)) (i64.const 0x9e3779b97f4a7c15)))
            (local.set 0 (i32.add (local.get 0) (i32.const 8)))
            (br_if 0 (i32.lt_u (local.get 0) (i32.const 4587520)))))
    (func (export "sum") (result i64) (local i32 i64)
        (loop
            (local.set 1 (i64.add (i64.mul (local.get 1) (i64.const 31)) (i64.load (local.get 0))))
            (local.set 0 (i32.add (local.get 0) (i32.const 8)))
            (br_if 0 (i32.lt_u (local.get 0) (i32.const 4587520))))
        (local.get 1)))"#;

fn machines(prices: PriceList) -> [Wasmer; 2] {
    let meter = Meter::new(prices);
    [meter, meter.bulk_in_pieces()].map(|meter| {
        let metered = meter.instrument(&wat(MODULE)).expect("it can be instrumented");
        let mut machine = Wasmer::new(&metered, true).expect("it is valid");
        machine.set(1 << 40, 10);
        machine.call("seed", &[]).result.expect("it returns");
        machine
    })
}

/// What an operation leaves, which has to be the same on both.
fn same(machines: &mut [Wasmer; 2], export: &str, [to, from, len]: [u32; 3]) -> Result<Vec<u64>, Trap> {
    let [was, is] = machines.each_mut().map(|machine| {
        machine.set(1 << 40, 10);
        let outcome = machine.call(export, &[to, from, len].map(|it| Arg::I32(it.cast_signed())));
        (outcome, machine.call("sum", &[]).result)
    });
    assert_eq!(was, is, "{export} {to:#x} {from:#x} {len:#x}");
    is.0.result
}

#[test]
fn they_write_what_they_wrote_and_trap_where_they_trapped() {
    let mut machines = machines(PriceList::default());
    let (mut wrote, mut trapped) = (0, 0);
    for len in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1, 4 * PIECE - 3, MEMORY, u32::MAX]
    {
        let last = MEMORY.wrapping_sub(len);
        let places = [0, 1, 4095, PIECE, PIECE + 1, last, last.wrapping_add(1), u32::MAX];
        for to in places {
            for from in places {
                match same(&mut machines, "copy", [to, from, len]) {
                    Ok(_) => wrote += 1,
                    Err(trap) => {
                        assert_eq!(trap, Trap::Memory);
                        trapped += 1;
                    }
                }
            }
            let filled = same(&mut machines, "fill", [to, to ^ 0x5a, len]);
            assert!(matches!(filled, Ok(_) | Err(Trap::Memory)), "{filled:?}");
            // Not all the same everywhere.
            for machine in &mut machines {
                machine.call("seed", &[]).result.expect("it returns");
            }
        }
    }
    assert!(wrote > 200 && trapped > 200, "{wrote} and {trapped}");
}

/// What costs nothing keeps no size for its price.
#[test]
fn they_do_so_when_bytes_cost_nothing() {
    let mut prices = PriceList::default();
    prices.bulk_bytes.units = 0;
    let mut machines = machines(prices);
    for len in [PIECE, 2 * PIECE + 1] {
        assert!(same(&mut machines, "copy", [PIECE - 5, 7, len]).is_ok());
        assert!(same(&mut machines, "copy", [7, PIECE - 5, len]).is_ok());
        assert!(same(&mut machines, "fill", [1, 3, len]).is_ok());
    }
}

/// Without a long operation, nothing is added to a module.
#[test]
fn a_module_without_them_stays_as_it_is() {
    let meter = Meter::new(PriceList::default());
    let plain = wat(
        "(module (memory 1) (data \"a\") (func (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1))))",
    );
    let [was, is] = [meter, meter.bulk_in_pieces()].map(|meter| meter.instrument(&plain).expect("it can be"));
    assert_eq!(was, is);
}
