//! Loads that are checked for those behind them: from one address with rising offsets, one comparison does for all.
//!
//! The first of them compares with the last address from which the whole run is within the memory. If it is not, one of the run would
//! trap in any case, by the same trap. So nothing may be between them that can be seen from outside, or that can trap otherwise:
//! no store, no change of a global, no call, no branch, no division. What the later loads compare the compiler then knows.

use super::rows::is_pure;
use crate::error::AotError;
use std::collections::HashMap;
use wasmparser::{FunctionBody, MemArg, Operator};

/// For the place of each load from a local: where the farthest load ends that it is checked for, in bytes behind the address.
pub type Covers = HashMap<u64, u64>;

/// Finds the runs of a function.
///
/// # Errors
/// [`AotError::Invalid`] for code that cannot be read.
pub fn covers(body: &FunctionBody<'_>) -> Result<Covers, AotError> {
    let operators = body.get_operators_reader()?.into_iter_with_offsets();
    let operators = operators.collect::<Result<Vec<_>, _>>()?;
    let mut covers = Covers::new();
    // Backwards: by local, the farthest end of the loads from its present value.
    let mut ends = HashMap::<u32, u64>::new();
    for (at, (operator, offset)) in operators.iter().enumerate().rev() {
        if let Some((memarg, size)) = load(operator) {
            let before = at.checked_sub(1).map(|before| &operators[before].0);
            if let Some(Operator::LocalGet { local_index } | Operator::LocalTee { local_index }) = before {
                let end = ends.entry(*local_index).or_default();
                *end = memarg.offset.saturating_add(size).max(*end);
                covers.insert(*offset, *end);
            }
            continue;
        }
        match operator {
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                ends.remove(local_index);
            }
            Operator::LocalGet { .. }
            | Operator::GlobalGet { .. }
            | Operator::Drop
            | Operator::Select
            | Operator::TypedSelect { .. } => {}
            operator if is_pure(operator) => {}
            _ => ends.clear(),
        }
    }
    Ok(covers)
}

/// Where a load reads, and how many bytes.
pub fn load<'o>(operator: &'o Operator<'_>) -> Option<(&'o MemArg, u64)> {
    use Operator as O;
    Some(match operator {
        O::I32Load8S { memarg }
        | O::I32Load8U { memarg }
        | O::I64Load8S { memarg }
        | O::I64Load8U { memarg } => (memarg, 1),
        O::I32Load16S { memarg }
        | O::I32Load16U { memarg }
        | O::I64Load16S { memarg }
        | O::I64Load16U { memarg } => (memarg, 2),
        O::I32Load { memarg }
        | O::F32Load { memarg }
        | O::I64Load32S { memarg }
        | O::I64Load32U { memarg } => (memarg, 4),
        O::I64Load { memarg } | O::F64Load { memarg } => (memarg, 8),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmparser::{Parser, Payload};

    /// The farthest ends of the loads of a function, in their order.
    fn ends(body: &str) -> Vec<u64> {
        let text = format!(
            "(module (memory 1) (global $g (mut i32) (i32.const 0)) (func $f (param $a i32) (param $b i32) (local $l i32) {body}))"
        );
        let wasm = wat::parse_str(text).unwrap();
        let bodies = Parser::new(0).parse_all(&wasm).filter_map(|payload| match payload.unwrap() {
            Payload::CodeSectionEntry(body) => Some(body),
            _ => None,
        });
        let covers = covers(&bodies.last().unwrap()).unwrap();
        let mut places: Vec<_> = covers.into_iter().collect();
        places.sort_unstable();
        places.into_iter().map(|(_, end)| end).collect()
    }

    fn read(local: &str, offset: u32) -> String {
        format!("(drop (i32.load offset={offset} (local.get {local})))")
    }

    #[test]
    fn loads_from_one_address_are_checked_by_the_first() {
        let (near, far) = (read("$a", 0), read("$a", 12));
        assert_eq!(ends(&format!("{near}{}{far}", read("$b", 4))), [16, 8, 16]);
        assert_eq!(ends(&format!("{far}{near}")), [16, 4]);
        assert_eq!(ends("(drop (i64.load offset=4294967295 (local.get $a)))"), [(1 << 32) + 7]);
    }

    #[test]
    fn what_can_be_seen_or_changes_the_address_is_between_runs() {
        let (near, far) = (read("$a", 0), read("$a", 12));
        let between = [
            "(i32.store8 (i32.const 0) (i32.const 1))",
            "(global.set $g (i32.const 1))",
            "(local.set $a (i32.const 1))",
            "(drop (local.tee $a (i32.const 1)))",
            "(call $f (i32.const 1) (i32.const 2))",
            "(drop (i32.div_u (i32.const 1) (local.get $b)))",
            "(drop (i32.rem_s (i32.const 1) (local.get $b)))",
            "(drop (i32.trunc_f32_s (f32.const 1)))",
            "(drop (memory.grow (i32.const 1)))",
            "(memory.fill (i32.const 1) (i32.const 1) (i32.const 1))",
            "(block (br_if 0 (local.get $b)))",
            "(loop)",
            "(if (local.get $b) (then))",
            "(br_if 0 (local.get $b))",
            "(return)",
            "(unreachable)",
        ];
        for between in between {
            assert_eq!(ends(&format!("{near}{between}{far}")), [4, 16], "{between}");
        }
        let pure = [
            "(local.set $l (i32.add (local.get $a) (i32.const 1)))",
            "(drop (global.get $g))",
            "(drop (i64.extend_i32_u (i32.mul (local.get $b) (i32.const 3))))",
            "(drop (i32.trunc_sat_f32_s (f32.const 1)))",
        ];
        for between in pure {
            assert_eq!(ends(&format!("{near}{between}{far}")), [16, 16], "{between}");
        }
    }

    #[test]
    fn a_load_from_what_was_just_assigned_is_of_the_new_value() {
        let body =
            format!("{}(drop (i32.load (local.tee $a (local.get $b)))){}", read("$a", 8), read("$a", 20));
        assert_eq!(ends(&body), [12, 24, 24]);
    }
}
