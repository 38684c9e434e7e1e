//! Writes a function's instructions with the charges between them.

mod blocks;
mod calls;
mod charge;
mod emitter;
mod short;

pub(crate) use emitter::Frame;

use crate::bulk::Bulk;
use crate::graph::Check;
use crate::pass::{Failure, Pass};
use crate::price::PerSize;
use crate::short_loop::ShortLoop;
use crate::steps::{Scan, Step};
use emitter::Emitter;
use wasm_encoder::Function;
use wasmparser::Operator;

/// Writes a function.
pub(crate) fn emit(frame: Frame, scan: Scan<'_>, pass: Pass<'_>) -> Result<Function, Failure> {
    let mut emitter = Emitter::new(&frame, pass);
    emitter.entry(&frame, &scan);
    let mut at = 0;
    while let Some((operator, step)) = scan.steps.get(at) {
        at += match ShortLoop::at(at, &scan) {
            Some(short) => {
                emitter.short_loop(&short, &scan)?;
                short.len()
            }
            None => {
                emitter.step(operator, *step, &scan)?;
                1
            }
        };
    }
    let Emitter { bytes, added, .. } = emitter;
    let mut locals = frame.declared;
    locals.extend(added.into_iter().map(|ty| (1, ty)));
    let mut function = Function::new(locals);
    function.raw(bytes);
    Ok(function)
}

impl Emitter<'_> {
    fn step(&mut self, operator: &Operator<'_>, step: Step, scan: &Scan<'_>) -> Result<(), Failure> {
        let charges = &scan.charges;
        match step {
            Step::Drop => {}
            Step::Block(label) => {
                self.copy(operator)?;
                self.open_block(scan.labels[label], None);
            }
            Step::Loop(index, label) => {
                self.begin_loop(operator, scan.labels[label])?;
                match charges.checks[index] {
                    Check::Head => self.charge_and_check(charges.loops[index]),
                    Check::BehindQuestion | Check::Callee => self.charge(charges.loops[index]),
                }
            }
            Step::If(then, other, label) => {
                self.copy(operator)?;
                self.open_block(scan.labels[label], Some(charges.edges[other]));
                self.charge(charges.edges[then]);
            }
            Step::Branch(taken, not_taken, asked) => {
                self.branch(operator, charges.edges[taken]);
                match asked.is_some_and(|index| charges.checks[index] == Check::BehindQuestion) {
                    true => self.charge_and_check(charges.edges[not_taken]),
                    false => self.charge(charges.edges[not_taken]),
                }
            }
            Step::Join(node, arrival) => self.join(arrival, charges.nodes[node]),
            Step::LoopEnd(arrival) => self.loop_end(arrival),
            Step::Keep => self.plain(operator)?,
        }
        Ok(())
    }

    fn plain(&mut self, operator: &Operator<'_>) -> Result<(), Failure> {
        match operator {
            Operator::Else => self.other_edge(),
            Operator::End => self.finish(),
            Operator::Br { relative_depth } => self.jump(*relative_depth),
            Operator::BrTable { targets } => self.table(targets)?,
            Operator::Call { function_index } => self.call(operator, *function_index)?,
            Operator::CallIndirect { .. } => self.call_out(operator, true)?,
            _ => {
                let sized = self.prices().of(operator).sized;
                if let Some(price) = sized {
                    let smaller = matches!(operator, Operator::MemoryGrow { .. });
                    let shift = if smaller { self.pass.info.page_shift } else { 0 };
                    self.charge_size(PerSize { shift: price.shift + shift, ..price });
                }
                match Bulk::of(operator).and_then(|bulk| Some((bulk, self.pass.info.pieces_function(bulk)?)))
                {
                    Some((bulk, function)) => self.bulk(bulk, function),
                    None => self.copy(operator)?,
                }
                // A host that stops a call takes its fuel while such an instruction runs.
                self.cached &= sized.is_none();
            }
        }
        Ok(())
    }
}
