//! Short loops: a basic block that the branch at its end repeats. Counting each iteration of one would cost as
//! much as the iteration does, so that several are paid for at once.

use wasmparser::{BlockType, Operator};

/// How many iterations are paid for at once.
pub(crate) const ITERATIONS: usize = 4;
/// The most instructions of an iteration, its branch among them: the pass writes so many once for each of those iterations,
/// and once more.
const MOST_INSTRUCTIONS: usize = 16;

/// The most short loops of a function, so that what is written stays in proportion to what was read. Later ones are paid
/// for by the iteration.
const MOST_LOOPS: usize = 1000;

/// Finds the short loops of a function, in the order of its code.
#[derive(Default)]
pub(crate) struct Finder {
    /// How many instructions stand behind the `loop`, while nothing but straight code does.
    straight: Option<usize>,
    /// Whether the last one was the branch to the next iteration.
    repeats: bool,
    /// How many were found.
    count: usize,
}

impl Finder {
    /// How many instructions an iteration has, where this instruction is the `end` of a short loop.
    pub(crate) fn see(&mut self, operator: &Operator<'_>) -> Option<usize> {
        let found = self.straight.filter(|_| self.repeats && matches!(operator, Operator::End));
        let found = found.filter(|_| self.count < MOST_LOOPS);
        self.count += usize::from(found.is_some());
        let repeats = matches!(operator, Operator::BrIf { relative_depth: 0 });
        self.straight = match operator {
            Operator::Loop { blockty: BlockType::Empty } => Some(0),
            _ if self.repeats || !(repeats || is_straight(operator)) => None,
            _ => self.straight.map(|count| count + 1).filter(|&count| count <= MOST_INSTRUCTIONS),
        };
        self.repeats = repeats && self.straight.is_some();
        found
    }
}

/// Whether an instruction goes on to the next one, and costs the same each time.
fn is_straight(operator: &Operator<'_>) -> bool {
    use Operator::*;
    !matches!(
        operator,
        Unreachable
            | Block { .. }
            | Loop { .. }
            | If { .. }
            | Else
            | End
            | Br { .. }
            | BrIf { .. }
            | BrTable { .. }
            | Return
            | Call { .. }
            | CallIndirect { .. }
            | MemoryGrow { .. }
            | MemoryFill { .. }
            | MemoryCopy { .. }
            | MemoryInit { .. }
            | TableFill { .. }
            | TableCopy { .. }
            | TableInit { .. }
            | TableGrow { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(body: &str) -> Vec<usize> {
        let wasm =
            wat::parse_str(format!("(module (memory 1) (func (param i32) {body}))")).expect("it is valid");
        let mut finder = Finder::default();
        let bodies =
            wasmparser::Parser::new(0).parse_all(&wasm).flatten().filter_map(|payload| match payload {
                wasmparser::Payload::CodeSectionEntry(body) => Some(body),
                _ => None,
            });
        let operators = bodies.flat_map(|body| body.get_operators_reader().expect("it is valid"));
        operators.flatten().filter_map(|operator| finder.see(&operator)).collect()
    }

    #[test]
    fn straight_code_with_a_branch_at_its_end_is_a_short_loop_and_nothing_else_is() {
        let iteration = "(br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))";
        assert_eq!(found(&format!("(loop {iteration}) (loop {iteration})")), [5, 5]);
        assert_eq!(found(&format!("(loop (loop {iteration}) {iteration})")), [5]);
        assert_eq!(found(&format!("(loop {iteration})").repeat(1001)).len(), 1000);
        let long = |nops| format!("(loop {} {iteration})", "nop ".repeat(nops));
        assert_eq!((found(&long(11)), found(&long(12))), (vec![16], vec![]));
        for other in [
            "(loop (br 0))",
            "(loop (br_if 1 (local.get 0)))",
            "(loop (br_if 0 (local.get 0)) (nop))",
            "(loop (br_if 0 (local.get 0)) (br_if 0 (local.get 0)))",
            "(loop (result i32) (br_if 0 (local.get 0)) (i32.const 1)) (drop)",
            "(loop (block) (br_if 0 (local.get 0)))",
            "(loop (block (br_if 0 (local.get 0))))",
            "(loop (drop (memory.grow (i32.const 0))) (br_if 0 (local.get 0)))",
            "(loop (call 0 (i32.const 1)) (br_if 0 (local.get 0)))",
        ] {
            assert_eq!(found(other), [], "{other}");
        }
    }
}
