//! Short loops: their code once for each of the iterations that are paid for together, and once more for when too
//! little is left for that.

use super::emitter::{Emitter, Open};
use crate::pass::Failure;
use crate::short::ITERATIONS;
use crate::short_loop::ShortLoop;
use crate::steps::Scan;
use wasm_encoder::{BlockType, Instruction};
use wasmparser::Operator;

impl Emitter<'_> {
    /// Writes, for iterations that cost `c` and are paid for by three:
    ///
    /// ```text
    /// block $done
    ///   block $singly
    ///     block $one_left
    ///       block $two_left
    ///         loop $iterations
    ///           (pay 3c, or br $singly)
    ///           (iteration) (br_if $two_left, not)
    ///           (iteration) (br_if $one_left, not)
    ///           (iteration) (br_if $iterations) (br $done)
    ///         end
    ///       end
    ///       (get back 2c) (br $done)
    ///     end
    ///     (get back 1c) (br $done)
    ///   end
    ///   (get back 3c)
    ///   loop (pay c, or stop) (iteration) (br_if 0) end
    /// end
    /// ```
    pub(super) fn short_loop(&mut self, short: &ShortLoop, scan: &Scan<'_>) -> Result<(), Failure> {
        let cost = scan.charges.loops[short.index];
        self.cache_if(true);
        // $done, $singly, and one for each number of iterations that can be left.
        (0..ITERATIONS + 1).for_each(|_| self.begin(Instruction::Block(BlockType::Empty)));
        self.iterations(short, scan, cost)?;
        for left in (1..ITERATIONS).rev() {
            self.end();
            self.give_back(left as u64 * cost);
            self.keep();
            self.op(Instruction::Br(left as u32));
        }
        self.end();
        self.give_back(ITERATIONS as u64 * cost);
        match self.pass.interruptible {
            true => self.keep(),
            false => self.op(Instruction::LocalSet(self.fuel)),
        }
        self.begin(Instruction::Loop(BlockType::Empty));
        self.cached &= !self.pass.interruptible;
        self.charge_and_check(cost);
        self.iterate_and_continue(short, scan)?;
        self.end();
        self.end();
        self.charge(scan.charges.edges[short.not_taken]);
        Ok(())
    }

    /// The loop whose iterations are paid for together.
    fn iterations(&mut self, short: &ShortLoop, scan: &Scan<'_>, cost: u64) -> Result<(), Failure> {
        self.begin(Instruction::Loop(BlockType::Empty));
        self.cached &= !self.pass.interruptible;
        self.subtract(ITERATIONS as u64 * cost);
        self.keep();
        self.op(Instruction::LocalGet(self.fuel));
        self.check_or(ITERATIONS as u32);
        for left in (1..ITERATIONS).rev() {
            self.iterate_and_leave(short, scan, (ITERATIONS - left) as u32)?;
        }
        self.iterate_and_continue(short, scan)?;
        self.op(Instruction::Br(ITERATIONS as u32 + 1));
        self.end();
        Ok(())
    }

    /// The code of an iteration, and a branch to the innermost loop if there is another one.
    fn iterate_and_continue(&mut self, short: &ShortLoop, scan: &Scan<'_>) -> Result<(), Failure> {
        for (operator, _) in &scan.steps[short.body.clone()] {
            self.copy(operator)?;
        }
        self.op(Instruction::BrIf(0));
        Ok(())
    }

    /// The code of an iteration, and a branch to a label if there is no other one.
    fn iterate_and_leave(&mut self, short: &ShortLoop, scan: &Scan<'_>, label: u32) -> Result<(), Failure> {
        let mut condition = None;
        for (operator, _) in &scan.steps[short.body.clone()] {
            if let Some(operator) = condition.replace(operator) {
                self.copy(operator)?;
            }
        }
        match condition {
            Some(Operator::I32Eqz) | None => {}
            Some(operator) => match opposite(operator) {
                Some(opposite) => self.op(opposite),
                None => {
                    self.copy(operator)?;
                    self.op(Instruction::I32Eqz);
                }
            },
        }
        self.op(Instruction::BrIf(label));
        Ok(())
    }

    /// What the counter is with so much more, on the stack.
    fn give_back(&mut self, units: u64) {
        self.counter();
        self.op(Instruction::I64Const(units.cast_signed()));
        self.op(Instruction::I64Add);
    }

    /// A block of the pass's own begins.
    fn begin(&mut self, instruction: Instruction<'_>) {
        self.op(instruction);
        self.open.push(Open { cached: true, cached_at_fork: true, owed: None, carries: false });
    }

    fn end(&mut self) {
        self.op(Instruction::End);
        self.open.pop();
    }
}

/// The comparison of integers that gives what another one does not.
fn opposite(comparison: &Operator<'_>) -> Option<Instruction<'static>> {
    Some(match comparison {
        Operator::I32Eq => Instruction::I32Ne,
        Operator::I32Ne => Instruction::I32Eq,
        Operator::I32LtS => Instruction::I32GeS,
        Operator::I32LtU => Instruction::I32GeU,
        Operator::I32GtS => Instruction::I32LeS,
        Operator::I32GtU => Instruction::I32LeU,
        Operator::I32LeS => Instruction::I32GtS,
        Operator::I32LeU => Instruction::I32GtU,
        Operator::I32GeS => Instruction::I32LtS,
        Operator::I32GeU => Instruction::I32LtU,
        Operator::I64Eq => Instruction::I64Ne,
        Operator::I64Ne => Instruction::I64Eq,
        Operator::I64LtS => Instruction::I64GeS,
        Operator::I64LtU => Instruction::I64GeU,
        Operator::I64GtS => Instruction::I64LeS,
        Operator::I64GtU => Instruction::I64LeU,
        Operator::I64LeS => Instruction::I64GtS,
        Operator::I64LeU => Instruction::I64GtU,
        Operator::I64GeS => Instruction::I64LtS,
        Operator::I64GeU => Instruction::I64LtU,
        _ => return None,
    })
}
