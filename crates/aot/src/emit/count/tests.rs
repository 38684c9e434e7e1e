//! What is found in functions with limits, and where the local is one like the others.

use super::{Act, Counting};
use crate::prepare::Prepared;
use aingle_wasm_metering::Meter;
use wasmparser::Operator;

/// What is found in the first function of a module, once it has limits; and how often fuel is read or written otherwise.
fn found(functions: &str) -> (Vec<Act>, usize) {
    let wasm = wat::parse_str(format!(
        "(module (import \"env\" \"host\" (func $host (param i32 i32) (result i64))) (memory 1) {functions})"
    ));
    let limited = Meter::default().instrument(&wasm.unwrap()).unwrap();
    let module = Prepared::new(&limited).unwrap();
    let (fuel, depth) = module.counters.unwrap();
    counted(&module.module.bodies[0], fuel, depth)
}

fn counted(body: &wasmparser::FunctionBody<'_>, fuel: u32, depth: u32) -> (Vec<Act>, usize) {
    let ops: Vec<_> = body.get_operators_reader().unwrap().into_iter().map(Result::unwrap).collect();
    let counting = Counting::of(&ops, fuel, depth);
    let (mut acts, mut others, mut at) = (Vec::new(), counting.reads.len(), 0);
    while at < ops.len() {
        let found = counting.at(at);
        acts.extend(found.map(|found| found.act));
        let uses = match ops[at] {
            Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index } => {
                global_index == fuel
            }
            _ => false,
        };
        others += usize::from(found.is_none() && uses);
        at += found.map_or(1, |found| found.len);
    }
    (acts, others)
}

#[test]
fn all_that_limits_do_with_the_fuel_is_found() {
    let (acts, others) = found(
        "(func (export \"f\") (param i32 i32) (result i32) (block (loop (br_if 1 (i32.eqz (local.get 0))) (call 2 (local.get 1))
            (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br 0))) (if (local.get 1) (then (drop (i32.load (i32.const 5)))))
            (local.get 0)) (func (param i32) (call 2 (local.get 0)))",
    );
    assert!(acts.len() >= 4 && others == 0, "{acts:?}, {others}");
}

#[test]
fn sizes_are_pieces_and_short_loops_give_back() {
    let (acts, others) = found("(func (export \"f\") (param i32 i32) (result i64) (memory.fill (i32.const 1) (i32.const 2) (local.get 1))
        (call $host (local.get 0) (local.get 1)))");
    let pieces = acts.iter().filter(|act| matches!(act, Act::Pieces { .. })).count();
    assert_eq!((pieces, others), (3, 0), "{acts:?}");
    let (acts, others) = found(
        "(func (export \"f\") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))",
    );
    let given: Vec<_> = acts.iter().filter(|act| matches!(act, Act::Give(_))).collect();
    assert_eq!((given.len(), others), (4, 0), "{acts:?}");
}

#[test]
fn the_local_is_its_own_where_it_is_not_the_fuel() {
    // Global 0 is the fuel, 1 the depth, and local 0 may hold the fuel.
    let found = |body: &str| {
        let text = format!(
            "(module (global (mut i64) (i64.const 0)) (global (mut i32) (i32.const 0)) (func (local i64) {body}))"
        );
        let wasm = wat::parse_str(text).unwrap();
        let module = Prepared::new(&wasm).unwrap();
        counted(&module.module.bodies[0], 0, 1)
    };
    let charge = "(global.set 0 (local.tee 0 (i64.sub (global.get 0) (i64.const 9))))";
    let cached = "(global.set 0 (local.tee 0 (i64.sub (local.get 0) (i64.const 9))))";
    assert_eq!(found(&format!("{charge}{cached}")), (vec![Act::Charge(9), Act::Charge(9)], 0));
    // Another value, a call, another write of the global, a way around: the local is one like the others.
    for between in ["(local.set 0 (i64.const 1))", "(call 0)", "(global.set 0 (i64.const 1))"] {
        let (acts, others) = found(&format!("{charge}{between}{cached}"));
        assert!(
            !acts.contains(&Act::Charge(9)) || acts == [Act::Charge(9), Act::Set],
            "{between}: {acts:?}, {others}"
        );
    }
    // More in the local alone is given back only if the loop behind charges at once.
    let more = "(local.set 0 (i64.add (local.get 0) (i64.const 5)))";
    let (acts, _) = found(&format!("{charge}{more}(loop {cached})"));
    assert_eq!(acts, [Act::Charge(9), Act::Give(5), Act::Charge(9)]);
    let (acts, _) = found(&format!("{charge}{more}(loop (drop (global.get 0)))"));
    assert!(!acts.contains(&Act::Give(5)), "{acts:?}");
    let (acts, _) = found(&format!("(if (i32.const 1) (then {charge})) {cached}"));
    assert_eq!(acts, []);
    let (acts, _) = found(&format!("{charge}(loop {cached}(call 0)(br_if 0 (i32.const 1)))"));
    assert_eq!(acts, []);
    let (acts, _) = found(&format!("{charge}(loop {cached}(br_if 0 (i32.const 1)))"));
    assert_eq!(acts, [Act::Charge(9), Act::Charge(9)]);
}
