//! Short loops do what they did, whatever their last question is and wherever they end.
#![allow(missing_docs)]

mod common;

use aingle_wasm_metering::{Meter, PriceList};
use common::{Arg, Machine, Wasmi, wat};

/// Bytes that are -1, 0, 1 or 2, in no order.
const DATA: &str =
    r"\01\02\00\ff\01\01\02\02\02\00\01\ff\ff\ff\ff\02\01\00\00\00\01\02\02\00\01\01\01\01\02\ff\00";
const LEN: i32 = 31;

/// Goes on from one byte to the next as long as the question is answered by yes.
fn module(load: &str, question: &str) -> Vec<u8> {
    wat(&format!(
        r#"(module (memory 1) (data (i32.const 1) "{DATA}")
             (func (export "f") (param $at i32) (result i32)
               (loop
                 (local.tee $at (i32.add (local.get $at) (i32.const 1)))
                 ({load}) {question}
                 (br_if 0))
               (local.get $at)))"#
    ))
}

#[test]
fn they_end_where_they_ended() {
    let orders = ["lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"];
    let mut questions = vec![("i32.load8_s", "".to_owned()), ("i32.load8_s", "(i32.eqz)".to_owned())];
    questions.push(("i64.load8_s", "(i64.eqz)".to_owned()));
    questions.push(("i32.load8_s", "(f32.convert_i32_s) (f32.const 1) (f32.lt)".to_owned()));
    for order in ["eq", "ne"].into_iter().chain(orders) {
        questions.push(("i32.load8_s", format!("(i32.const 1) (i32.{order})")));
        questions.push(("i64.load8_s", format!("(i64.const 1) (i64.{order})")));
    }
    for (load, question) in questions {
        let plain = module(load, &question);
        let metered = Meter::new(PriceList::default()).instrument(&plain).expect("it can be instrumented");
        let [mut plain, mut metered] = [plain, metered].map(|wasm| Wasmi::new(&wasm).expect("it is valid"));
        for start in 0..LEN {
            metered.set(1 << 40, 1);
            let args = [Arg::I32(start)];
            let [was, is] = [plain.call("f", &args), metered.call("f", &args)];
            assert_eq!(was.result, is.result, "{load} {question} from {start}");
        }
    }
}
