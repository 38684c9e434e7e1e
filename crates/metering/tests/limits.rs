//! The limits bite, alike on every engine, and say so.
#![allow(missing_docs)]

mod common;

use aingle_wasm_metering::{Meter, PriceList, inspect};
use aingle_wasm_types::metering::Stop;
use aingle_wasm_types::names::START;
use common::{Arg, Trap, agreed, machines, wat};

const PLENTY: i64 = 1 << 50;
const DEPTH: i32 = 128;

fn metered(text: &str) -> Vec<u8> {
    Meter::new(PriceList::default()).instrument(&wat(text)).expect("it can be instrumented")
}

#[test]
fn a04_a_guest_that_loops_for_ever_stops_everywhere_at_the_same_unit() {
    let wasm = metered(r#"(module (func (export "f") (loop (br 0))))"#);
    let outcome = agreed(&wasm, "f", &[], 1_000_000, DEPTH);
    let reading = outcome.reading.expect("counters");
    assert_eq!(outcome.result, Err(Trap::Unreachable));
    assert_eq!(reading.stopped_by(), Some(Stop::Fuel));
    // 4 for the function and 2 for each iteration.
    assert_eq!(reading.used(1_000_000), 1_000_002);
}

#[test]
fn a_budget_of_what_is_used_is_enough_and_one_less_is_not() {
    let wasm = metered(
        r#"(module (func $f (export "f") (param i32) (result i32)
             (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
               (else (i32.add (call $f (i32.sub (local.get 0) (i32.const 1)))
                              (call $f (i32.sub (local.get 0) (i32.const 2))))))))"#,
    );
    let free = agreed(&wasm, "f", &[Arg::I32(12)], PLENTY, DEPTH);
    assert_eq!(free.result, Ok(vec![144]));
    let used = free.reading.expect("counters").used(PLENTY as u64) as i64;
    let enough = agreed(&wasm, "f", &[Arg::I32(12)], used, DEPTH);
    assert_eq!((enough.result, enough.reading.map(|it| it.fuel)), (Ok(vec![144]), Some(0)));
    let short = agreed(&wasm, "f", &[Arg::I32(12)], used - 1, DEPTH);
    assert_eq!(short.reading.and_then(|it| it.stopped_by()), Some(Stop::Fuel));
}

/// A branch that costs more when it is taken, without an operand and with one.
#[test]
fn a_branch_that_costs_more_when_it_is_taken_is_counted_to_the_unit() {
    let plain = r#"(module (func (export "f") (param i32) (result i32)
        (block $dear (br_if $dear (local.get 0)) (return (i32.const 1)))
        (drop (i32.div_u (i32.const 9) (i32.const 3)))
        (i32.const 2)))"#;
    let carrying = r#"(module (func (export "f") (param i32) (result i32)
        (block $dear (result i32) (drop (br_if $dear (i32.const 7) (local.get 0))) (return (i32.const 1)))
        (i32.div_u (i32.const 3))))"#;
    let inner = r#"(module (func (export "f") (param i32) (result i32)
        (block $dear
          (if (local.get 0) (then (loop (br_if $dear (local.get 0)))) (else (return (i32.const 1)))))
        (drop (i32.div_u (i32.const 9) (i32.const 3)))
        (i32.const 2)))"#;
    for (text, cheap, dear) in [(plain, 8, 26), (carrying, 10, 24), (inner, 8, 29)] {
        let wasm = metered(text);
        for (taken, result, used) in [(0, 1, cheap), (1, 2, dear)] {
            let enough = agreed(&wasm, "f", &[Arg::I32(taken)], used, DEPTH);
            assert_eq!(
                (enough.result, enough.reading.map(|it| it.fuel)),
                (Ok(vec![result]), Some(0)),
                "{text}"
            );
            let more = agreed(&wasm, "f", &[Arg::I32(taken)], PLENTY, DEPTH);
            assert_eq!(more.reading.map(|it| it.fuel), Some(PLENTY - used), "{text}");
        }
    }
}

/// A loop that stores to one half of a page after the other, `$n` times.
const SHORT_LOOP: &str = r#"(module (memory 4) (func (export "f") (param $n i32) (local $at i32)
     (loop (i32.store (local.get $at) (local.get $n))
       (local.set $at (i32.add (local.get $at) (i32.const 0x8000)))
       (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#;

/// For arriving, for storing, for the next address, and for the count and the branch.
const SHORT_ITERATION: i64 = 1 + 4 + 4 + 5;

#[test]
fn turns_of_a_short_loop_are_paid_for_four_at_a_time_and_given_back() {
    let wasm = metered(SHORT_LOOP);
    for iterations in 1..=8 {
        let used = 4 + SHORT_ITERATION * i64::from(iterations);
        for left in [0, 1, SHORT_ITERATION, PLENTY] {
            let enough = agreed(&wasm, "f", &[Arg::I32(iterations)], used + left, DEPTH);
            assert_eq!(
                (enough.result, enough.reading.map(|it| it.fuel)),
                (Ok(vec![]), Some(left)),
                "{iterations}"
            );
        }
        for missing in 1..=SHORT_ITERATION {
            let short = agreed(&wasm, "f", &[Arg::I32(iterations)], used - missing, DEPTH);
            assert_eq!(short.reading.map(|it| it.fuel), Some(-missing), "{iterations}");
        }
    }
}

#[test]
fn a_trap_in_a_short_loop_has_paid_for_the_turns_that_were_paid_for_together() {
    let wasm = metered(SHORT_LOOP);
    // The ninth iteration stores beyond the fourth page. The function is 4.
    let outcome = agreed(&wasm, "f", &[Arg::I32(20)], PLENTY, DEPTH);
    assert_eq!(outcome.result, Err(Trap::Memory));
    assert_eq!(outcome.reading.map(|it| it.used(PLENTY as u64)), Some(4 + 12 * SHORT_ITERATION as u64));
    // With too little left for four iterations they are paid for one by one: a trap is never out of fuel.
    for left in [0, SHORT_ITERATION - 1, 3 * SHORT_ITERATION - 1] {
        let outcome = agreed(&wasm, "f", &[Arg::I32(20)], 4 + 9 * SHORT_ITERATION + left, DEPTH);
        assert_eq!(outcome.result, Err(Trap::Memory));
        assert_eq!(outcome.reading.map(|it| it.fuel), Some(left));
    }
}

#[test]
fn deep_recursion_ends_at_the_same_call_with_its_own_error() {
    let wasm = metered(
        r#"(module (global $calls (export "calls") (mut i32) (i32.const 0))
             (func $f (export "f") (global.set $calls (i32.add (global.get $calls) (i32.const 1))) (call $f))
             (func (export "count") (result i32) (global.get $calls)))"#,
    );
    for depth in [1, 50, 128] {
        let outcome = agreed(&wasm, "f", &[], PLENTY, depth);
        assert_eq!(outcome.result, Err(Trap::Unreachable));
        assert_eq!(outcome.reading.and_then(|it| it.stopped_by()), Some(Stop::Depth));
        for (name, mut machine) in machines(&wasm) {
            machine.set(PLENTY, depth);
            let _ = machine.call("f", &[]);
            machine.set(PLENTY, depth);
            assert_eq!(machine.call("count", &[]).result, Ok(vec![depth as u64]), "{name}");
        }
    }
}

#[test]
fn depth_is_given_back_when_calls_return() {
    // Each function that calls itself, itself called by others that do not: 3 deep, over and over.
    let wasm = metered(
        r#"(module
             (func $down (param $n i32)
               (if (local.get $n) (then (call $down (i32.sub (local.get $n) (i32.const 1))))))
             (func $twice (call $down (i32.const 2)) (call $down (i32.const 2)))
             (func (export "f") (local $i i32)
               (loop (call $twice) (call $down (i32.const 1)) (call $twice)
                 (local.set $i (i32.add (local.get $i) (i32.const 1)))
                 (br_if 0 (i32.lt_u (local.get $i) (i32.const 1000))))))"#,
    );
    assert_eq!(agreed(&wasm, "f", &[], PLENTY, 3).result, Ok(vec![]));
    assert_eq!(agreed(&wasm, "f", &[], PLENTY, 2).reading.and_then(|it| it.stopped_by()), Some(Stop::Depth));
}

#[test]
fn functions_that_no_chain_comes_to_twice_do_not_count_and_are_known_beforehand() {
    let wasm = metered(
        r#"(module (func $leaf) (func $twig (call $leaf)) (func $branch (call $twig) (call $twig))
             (func (export "f") (call $branch) (call $leaf)))"#,
    );
    let used = agreed(&wasm, "f", &[], PLENTY, 0);
    assert_eq!((used.result, used.reading.map(|it| it.depth)), (Ok(vec![]), Some(0)));
    // Four frames of a unit each.
    assert_eq!(inspect(&wasm).map(|carried| carried.fixed_depth), Some(4));
}

#[test]
fn functions_that_call_each_other_count() {
    let wasm = metered(
        r#"(module (func $even (export "even") (param i32) (result i32)
             (if (result i32) (local.get 0)
               (then (call $odd (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 1))))
           (func $odd (param i32) (result i32)
             (if (result i32) (local.get 0)
               (then (call $even (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 0)))))"#,
    );
    assert_eq!(agreed(&wasm, "even", &[Arg::I32(9)], PLENTY, 10).result, Ok(vec![0]));
    let short = agreed(&wasm, "even", &[Arg::I32(10)], PLENTY, 10);
    assert_eq!(short.reading.and_then(|it| it.stopped_by()), Some(Stop::Depth));
}

#[test]
fn recursion_through_a_table_is_limited_too() {
    let wasm = metered(
        r#"(module (table 1 funcref) (elem (i32.const 0) $f) (type $t (func))
             (func $f (export "f") (call_indirect (type $t) (i32.const 0))))"#,
    );
    let outcome = agreed(&wasm, "f", &[], PLENTY, DEPTH);
    assert_eq!(outcome.reading.and_then(|it| it.stopped_by()), Some(Stop::Depth));
}

/// By name, through a table, with as many parameters as there may be, and from outside.
#[test]
fn depth_is_the_same_however_functions_call_each_other() {
    let wasm = metered(
        r#"(module (type $t (func (param i32) (result i32))) (table 1 funcref) (elem (i32.const 0) $two)
             (func $one (export "one") (param $n i32) (result i32) (local $kept i64) (local $less i32)
               (local.set $kept (i64.extend_i32_u (local.get $n)))
               (local.set $less (i32.sub (local.get $n) (i32.const 1)))
               (if (result i32) (local.get $n)
                 (then (drop (call $two (local.get $less))) (i32.wrap_i64 (local.get $kept)))
                 (else (i32.const 0))))
             (func $two (param $n i32) (result i32)
               (if (result i32) (local.get $n)
                 (then (i32.add (i32.const 1)
                   (call $three (i32.sub (local.get $n) (i32.const 1)) (i64.const 0) (f32.const 0) (f64.const 0)
                     (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))))
                 (else (i32.const 0))))
             (func $three (param $n i32) (param i64 f32 f64 i32 i32 i32 i32 i32) (result i32) (local $less i32)
               (local.set $less (i32.sub (local.get $n) (i32.const 1)))
               (if (result i32) (local.get $n)
                 (then (drop (call_indirect (type $t) (local.get $less) (i32.const 0)))
                   (i32.add (i32.const 1) (call $one (local.get $less))))
                 (else (i32.const 0)))))"#,
    );
    for n in [0, 1, 2, 3, 7, 8] {
        let enough = agreed(&wasm, "one", &[Arg::I32(n)], PLENTY, 2 * (n + 1));
        assert_eq!(enough.result, Ok(vec![n as u64]), "{n}");
        let least = (0..).find(|&depth| agreed(&wasm, "one", &[Arg::I32(n)], PLENTY, depth).result.is_ok());
        let short = agreed(&wasm, "one", &[Arg::I32(n)], PLENTY, least.expect("some depth is enough") - 1);
        assert_eq!(short.reading.and_then(|it| it.stopped_by()), Some(Stop::Depth), "{n}");
    }
}

#[test]
fn callers_pay_for_the_entry_of_what_they_call_by_name() {
    let used = |more: &str, cost: &str| {
        let wasm = metered(&format!(
            r#"(module (memory 1) (table 1 funcref) {more}
                 (func $called (param i32) (result i32) {cost} (local.get 0))
                 (func (export "f") (param i32) (result i32) (call $called (i32.load (local.get 0)))))"#
        ));
        [0, 65_536].map(|at| {
            let outcome = agreed(&wasm, "f", &[Arg::I32(at)], PLENTY, DEPTH);
            (outcome.result.is_ok(), outcome.reading.expect("counters").used(PLENTY as u64))
        })
    };
    let own = 4 + 1 + 2 + 2;
    assert_eq!(used("", ""), [(true, own + 5), (false, own + 5)]);
    // What is in a table, or dear, pays for itself.
    assert_eq!(used("(elem (i32.const 0) $called)", ""), [(true, own + 5), (false, own)]);
    let [cheap, dear] = [509, 510].map(|pairs| "(drop (i32.const 0))".repeat(pairs));
    assert_eq!(used("", &cheap), [(true, own + 5 + 1018), (false, own + 5 + 1018)]);
    assert_eq!(used("", &dear), [(true, own + 5 + 1020), (false, own)]);
    // What is exported is paid for by a function that stands for it.
    let wasm = metered(
        r#"(module (func $f (export "f") (param i32) (result i32) (local.get 0))
             (func (export "g") (result i32) (call $f (i32.const 1))))"#,
    );
    let enough = agreed(&wasm, "f", &[Arg::I32(3)], 5, DEPTH);
    assert_eq!((enough.result, enough.reading.map(|it| it.fuel)), (Ok(vec![3]), Some(0)));
    let short = agreed(&wasm, "f", &[Arg::I32(3)], 4, DEPTH);
    assert_eq!(short.reading.and_then(|it| it.stopped_by()), Some(Stop::Fuel));
}

#[test]
fn a_large_frame_takes_a_larger_share_of_the_depth() {
    let locals = "i64 ".repeat(320);
    let large = metered(&format!(r#"(module (func $f (export "f") (local {locals}) (call $f)))"#));
    // 128 bytes and 320 slots of 8 are 10.5 units of 256, so 11; the limit of 32 has room for two.
    assert_eq!(agreed(&large, "f", &[], PLENTY, 32).reading.map(|it| it.depth), Some(32 - 3 * 11));
    // That of the last, and one of the function that pays for a call from outside.
    assert_eq!(inspect(&large).map(|carried| carried.fixed_depth), Some(11 + 1));
}

#[test]
fn a_short_loop_takes_more_of_the_stack() {
    let fixed_depth = |end: &str| {
        let loops = format!("(loop (br_if 0 (local.get 0)) {end})").repeat(10);
        let wasm = metered(&format!(r#"(module (func (export "f") (param i32) {loops}))"#));
        inspect(&wasm).map(|carried| carried.fixed_depth)
    };
    // 128 bytes, 8 for the parameter and for an operand, and half a byte for each of 51 instructions; each loop is
    // 64, and 2 constants of 8.
    assert_eq!(fixed_depth("nop"), Some((128_u32 + 16 + 25 + 10 * (64 + 16)).div_ceil(256)));
    // 41 instructions, and 8 more for each loop, with twice 64, and 6 constants.
    assert_eq!(fixed_depth(""), Some((128_u32 + 16 + 60 + 10 * (128 + 48)).div_ceil(256)));
}

#[test]
fn the_guests_own_unreachable_is_not_a_limit() {
    let wasm = metered(r#"(module (func (export "f") (unreachable)))"#);
    let outcome = agreed(&wasm, "f", &[], PLENTY, DEPTH);
    assert_eq!(outcome.result, Err(Trap::Unreachable));
    let reading = outcome.reading.expect("counters");
    assert_eq!((reading.stopped_by(), reading.used(PLENTY as u64)), (None, 5));
}

#[test]
fn what_was_used_is_known_after_any_trap() {
    let wasm = metered(
        r#"(module (memory 1) (func (export "f") (local $i i32)
             (loop (drop (i32.load (local.get $i)))
               (local.set $i (i32.add (local.get $i) (i32.const 4)))
               (br 0))))"#,
    );
    let outcome = agreed(&wasm, "f", &[], PLENTY, DEPTH);
    assert_eq!(outcome.result, Err(Trap::Memory));
    // 4 for the function, and an iteration is 1 + 1 + 2 + 1 + 4 + 1; the last of 16,385 is cut short, and paid.
    assert_eq!(outcome.reading.map(|it| it.used(PLENTY as u64)), Some(4 + 16_385 * 10));
}

#[test]
fn bulk_instructions_cost_by_the_byte_and_the_counter_does_not_wrap() {
    let wasm = metered(
        r#"(module (memory 1) (func (export "fill") (param i32)
             (memory.fill (i32.const 0) (i32.const 0) (local.get 0)))
           (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#,
    );
    let used = |export, size| {
        let outcome = agreed(&wasm, export, &[Arg::I32(size)], PLENTY, DEPTH);
        (outcome.result, outcome.reading.expect("counters").used(PLENTY as u64))
    };
    assert_eq!(used("fill", 0), (Ok(vec![]), 407));
    assert_eq!(used("fill", 65_536), (Ok(vec![]), 407 + 8192));
    assert_eq!(used("fill", -1), (Err(Trap::Memory), 407 + (u64::from(u32::MAX) >> 3)));
    assert_eq!(used("grow", 1), (Ok(vec![1]), 1005 + 57_344));
    assert_eq!(used("grow", -1), (Ok(vec![u64::from(u32::MAX)]), 1005 + 57_344 * u64::from(u32::MAX)));
    for (export, size) in [("fill", -1), ("grow", -1)] {
        let outcome = agreed(&wasm, export, &[Arg::I32(size)], 1_000, DEPTH);
        assert_eq!(outcome.reading.and_then(|it| it.stopped_by()), Some(Stop::Fuel), "{export}");
    }
}

#[test]
fn host_calls_cost_by_the_request_directly_and_through_a_table() {
    let wasm = metered(
        r#"(module (type $t (func (param i32 i32) (result i64))) (import "env" "host" (func $host (type $t)))
             (table 1 funcref) (elem (i32.const 0) $host)
             (func (export "direct") (param i32) (result i64) (call $host (i32.const 0) (local.get 0)))
             (func (export "table") (param i32) (result i64)
               (call_indirect (type $t) (i32.const 0) (local.get 0) (i32.const 0))))"#,
    );
    let used = |export, size| {
        let outcome = agreed(&wasm, export, &[Arg::I32(size)], PLENTY, DEPTH);
        assert_eq!(outcome.result, Ok(vec![size as u64]));
        outcome.reading.expect("counters").used(PLENTY as u64)
    };
    // The function, two operands, the call, the host call, and request and reply by 16 bytes.
    assert_eq!(used("direct", 160), 4 + 2 + 2 + 1000 + 10 + 10);
    assert_eq!(used("direct", 15), 4 + 2 + 2 + 1000);
    // The function, three operands, the indirect call; then a function that passes the call on.
    assert_eq!(used("table", 160), 4 + 3 + 6 + (4 + 2 + 2 + 1000 + 10 + 10));
}

#[test]
fn a_reply_is_charged_by_its_length_alone_and_before_the_guest_has_it() {
    let mut prices = PriceList::default();
    (prices.host_bytes.units, prices.host_reply.shift) = (0, 0);
    // The host answers with the sum of 31 times the first argument and the second, here all of 16 bits.
    let wasm = wat(r#"(module (import "env" "host" (func $host (param i32 i32) (result i64)))
             (global $had (mut i64) (i64.const -1))
             (func (export "ask") (param i32 i32) (global.set $had (call $host (local.get 0) (local.get 1))))
             (func (export "had") (result i64) (global.get $had)))"#);
    let metered = Meter::new(prices).instrument(&wasm).expect("it can be instrumented");
    let before = 4 + 2 + 2 + 1000 + 1;
    for (args, reply) in [([0, 0], 0), ([0, 1], 1), ([1, 2], 33), ([2000, 3535], 65_535)] {
        let args = args.map(Arg::I32);
        let enough = agreed(&metered, "ask", &args, before + reply, DEPTH);
        assert_eq!((enough.result, enough.reading.map(|it| it.fuel)), (Ok(vec![]), Some(0)), "{reply}");
    }
    for (name, mut machine) in machines(&metered) {
        machine.set(before + 32, DEPTH);
        let short = machine.call("ask", &[Arg::I32(1), Arg::I32(2)]);
        assert_eq!(short.reading.map(|it| it.fuel), Some(-1), "{name}");
        assert_eq!((short.result, machine.host_calls()), (Err(Trap::Unreachable), 1), "{name}");
        machine.set(PLENTY, DEPTH);
        assert_eq!(machine.call("had", &[]).result, Ok(vec![u64::MAX]), "{name}");
    }
}

#[test]
fn below_zero_no_host_function_is_called_and_no_operand_is_worked_on_whatever_that_costs() {
    let mut prices = PriceList::default();
    for price in [&mut prices.host_bytes, &mut prices.memory_pages, &mut prices.bulk_bytes] {
        price.units = 0;
    }
    // The dearer way is paid where it begins, and not checked: the bulk instruction finds what is missing.
    let wasm = wat(r#"(module (import "env" "request" (func $request (param i32 i32) (result i64)))
             (import "env" "other" (func $other)) (memory 1 2)
             (func (export "request") (param i32) (result i64) (if (result i64) (local.get 0)
               (then (call $request (i32.const 0) (i32.const 0))) (else (i64.const 0))))
             (func (export "other") (param i32) (if (local.get 0) (then (call $other))))
             (func (export "grow") (param i32) (result i32) (if (result i32) (local.get 0)
               (then (memory.grow (i32.const 1))) (else (i32.const 0))))
             (func (export "fill") (param i32) (if (local.get 0)
               (then (memory.fill (i32.const 0) (i32.const 1) (i32.const 9)))))
             (func (export "size") (result i32) (memory.size))
             (func (export "byte") (result i32) (i32.load8_u (i32.const 0))))"#);
    let metered = Meter::new(prices).instrument(&wasm).expect("it can be instrumented");
    for (name, mut machine) in machines(&metered) {
        for export in ["request", "other", "grow", "fill"] {
            // Enough for the entry, and for nothing else.
            machine.set(9, DEPTH);
            let outcome = machine.call(export, &[Arg::I32(1)]);
            assert_eq!(outcome.result, Err(Trap::Unreachable), "{name}, {export}");
            assert_eq!(outcome.reading.and_then(|it| it.stopped_by()), Some(Stop::Fuel), "{name}, {export}");
        }
        assert_eq!(machine.host_calls(), 0, "{name}");
        for (export, expected) in [("size", 1), ("byte", 0)] {
            machine.set(PLENTY, DEPTH);
            assert_eq!(machine.call(export, &[]).result, Ok(vec![expected]), "{name}, {export}");
        }
    }
}

#[test]
fn host_functions_that_a_module_exports_again_or_starts_with_are_charged() {
    let wasm = metered(
        r#"(module (import "env" "host" (func $host (param i32 i32) (result i64)))
             (import "env" "begin" (func $begin)) (start $begin)
             (export "again" (func $host)) (export "once more" (func $host)))"#,
    );
    for (export, args, price) in [
        ("again", &[Arg::I32(0), Arg::I32(160)][..], 4 + 2 + 2 + 1000 + 10 + 10),
        ("once more", &[Arg::I32(0), Arg::I32(0)], 4 + 2 + 2 + 1000),
        (START, &[], 4 + 2 + 1000),
    ] {
        let enough = agreed(&wasm, export, args, price, DEPTH);
        assert_eq!((enough.result.is_ok(), enough.reading.map(|it| it.fuel)), (true, Some(0)), "{export}");
        let short = agreed(&wasm, export, args, price - 1, DEPTH);
        assert_eq!(short.result, Err(Trap::Unreachable), "{export}");
    }
}

#[test]
fn the_start_function_waits_for_its_budget() {
    let wasm = metered("(module (func $s (loop (br 0))) (start $s))");
    let outcome = agreed(&wasm, START, &[], 1000, DEPTH);
    assert_eq!(outcome.reading.and_then(|it| it.stopped_by()), Some(Stop::Fuel));
    let wasm = metered("(module (func $s (loop (br_if 0 (i32.const 0)))) (start $s))");
    assert_eq!(agreed(&wasm, START, &[], 1000, DEPTH).reading.map(|it| it.fuel), Some(1000 - 7));
}

#[test]
fn without_a_host_that_sets_them_nothing_is_left() {
    let wasm = metered(r#"(module (func (export "f")))"#);
    for (name, mut machine) in machines(&wasm) {
        let outcome = machine.call("f", &[]);
        assert_eq!(outcome.result, Err(Trap::Unreachable), "{name}");
        assert_eq!(outcome.reading.and_then(|it| it.stopped_by()), Some(Stop::Fuel), "{name}");
    }
}

#[test]
fn fuel_is_additive_over_calls_and_forgets_what_ran_before() {
    let wasm = metered(
        r#"(module (func (export "f") (param $n i32) (result i32)
             (loop (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (local.get $n)))"#,
    );
    let alone = |n| agreed(&wasm, "f", &[Arg::I32(n)], PLENTY, DEPTH).reading.expect("counters").fuel;
    for (name, mut machine) in machines(&wasm) {
        machine.set(PLENTY, DEPTH);
        for n in [1, 7, 1000] {
            machine.call("f", &[Arg::I32(n)]);
        }
        let together = machine.reading().expect("counters").fuel;
        assert_eq!(PLENTY - together, 3 * PLENTY - alone(1) - alone(7) - alone(1000), "{name}");
        machine.set(5, DEPTH);
        machine.call("f", &[Arg::I32(1000)]);
        machine.set(PLENTY, DEPTH);
        assert_eq!(machine.call("f", &[Arg::I32(7)]).reading.map(|it| it.fuel), Some(alone(7)), "{name}");
    }
}
