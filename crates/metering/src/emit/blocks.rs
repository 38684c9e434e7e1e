//! Blocks and the branches to them, at each of which is known whether the local holds the counter.

use super::emitter::{Emitter, Open};
use crate::pass::Failure;
use crate::steps::{Arrival, Label};
use wasm_encoder::{BlockType, Instruction};
use wasmparser::Operator;

impl Emitter<'_> {
    pub(super) fn open_block(&mut self, label: Label, owed: Option<u64>) {
        let label = self.seen(label);
        let cached = label.from_quiet_loop || (self.cached && !label.calls);
        self.open.push(Open { cached, cached_at_fork: self.cached, owed, carries: label.carries });
    }

    /// A label as it is treated: where loops read the counter anew, none is quiet.
    fn seen(&self, label: Label) -> Label {
        match self.pass.interruptible {
            true => Label { from_quiet_loop: false, ..label },
            false => label,
        }
    }

    /// In a loop without calls the local holds the counter all the time; in another at its head, if it did
    /// before.
    pub(super) fn begin_loop(&mut self, operator: &Operator<'_>, label: Label) -> Result<(), Failure> {
        let label = self.seen(label);
        let cached = !self.pass.interruptible && (self.cached || label.from_quiet_loop || !label.calls);
        self.cache_if(cached);
        self.copy(operator)?;
        self.cached = cached;
        self.open.push(Open { cached, cached_at_fork: cached, owed: None, carries: label.carries });
        Ok(())
    }

    pub(super) fn other_edge(&mut self) {
        self.arrive();
        self.op(Instruction::Else);
        let Some(open) = self.open.last_mut() else { return };
        let owed = open.owed.take();
        self.cached = open.cached_at_fork;
        self.charge(owed.unwrap_or(0));
    }

    pub(super) fn join(&mut self, arrival: Arrival, need: u64) {
        if self.open.last().is_some_and(Open::lacks_other_edge) {
            self.other_edge();
        }
        self.arrive();
        self.op(Instruction::End);
        self.cached = self.open.pop().is_some_and(|open| open.cached);
        match arrival {
            Arrival::Paid => {}
            Arrival::Unpaid => self.charge(need),
            // The code that is left out would have made the operands that are missing now.
            Arrival::Never => self.op(Instruction::Unreachable),
        }
    }

    pub(super) fn loop_end(&mut self, arrival: Arrival) {
        self.op(Instruction::End);
        self.open.pop();
        if arrival == Arrival::Never {
            self.op(Instruction::Unreachable);
        }
    }

    /// The code before goes on to where branches to the innermost block lead.
    fn arrive(&mut self) {
        self.cache_if(self.open.last().is_some_and(|open| open.cached));
    }

    /// Fetches the counter, if a label wants it cached and it is not.
    pub(super) fn cache_if(&mut self, wanted: bool) {
        if wanted && !self.cached {
            self.op(Instruction::GlobalGet(self.pass.fuel_global()));
            self.op(Instruction::LocalSet(self.fuel));
            self.cached = true;
        }
    }

    /// Fetches the counter, if the label at this depth wants it cached.
    fn cache_for(&mut self, depth: u32) {
        let wanted = self.open_at(depth).is_some_and(|open| open.cached);
        self.cache_if(wanted);
    }

    /// The block whose label is at this depth; nothing for the function's own.
    fn open_at(&self, depth: u32) -> Option<&Open> {
        let at = self.open.len().checked_sub(1 + depth as usize)?;
        self.open.get(at)
    }

    /// Whether a branch to the label at this depth may carry operands.
    fn carries(&self, depth: u32) -> bool {
        self.open_at(depth).is_none_or(|open| open.carries)
    }

    pub(super) fn jump(&mut self, depth: u32) {
        self.cache_for(depth);
        self.op(Instruction::Br(self.label(depth)));
    }

    pub(super) fn branch(&mut self, operator: &Operator<'_>, charge: u64) {
        let Operator::BrIf { relative_depth } = *operator else { return };
        self.cache_for(relative_depth);
        let label = self.label(relative_depth);
        if charge == 0 {
            return self.op(Instruction::BrIf(label));
        }
        // Operands that the branch carries cannot be had within the `if`.
        let condition = self.carries(relative_depth).then(|| self.size_local());
        if let Some(condition) = condition {
            self.op(Instruction::LocalTee(condition));
        }
        self.op(Instruction::If(BlockType::Empty));
        let cached = self.cached;
        self.charge(charge);
        self.cached = cached;
        if condition.is_none() {
            self.op(Instruction::Br(label + 1));
        }
        self.op(Instruction::End);
        if let Some(condition) = condition {
            self.op(Instruction::LocalGet(condition));
            self.op(Instruction::BrIf(label));
        }
    }

    pub(super) fn table(&mut self, targets: &wasmparser::BrTable<'_>) -> Result<(), Failure> {
        for depth in targets.targets().flatten().chain([targets.default()]) {
            self.cache_for(depth);
        }
        let labels: Result<Vec<u32>, _> =
            targets.targets().map(|depth| depth.map(|depth| self.label(depth))).collect();
        self.op(Instruction::BrTable(labels?.into(), self.label(targets.default())));
        Ok(())
    }
}
