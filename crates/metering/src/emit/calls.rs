//! Calls, and a function's own entry and end: where depth is counted and handed on.

use super::emitter::{Emitter, Frame};
use crate::depth::Depth;
use crate::pass::Failure;
use crate::steps::Scan;
use wasm_encoder::{BlockType, Instruction, ValType};
use wasmparser::Operator;

impl Emitter<'_> {
    pub(super) fn entry(&mut self, frame: &Frame, scan: &Scan<'_>) {
        self.op(Instruction::Block(BlockType::Empty));
        // It may be more than they have paid: what the entries of the functions cost that it calls in turn.
        let entry = scan.charges.entry - frame.prepaid;
        match frame.depth {
            Depth::Ignored => self.charge_and_check(entry),
            Depth::Passed => {
                self.charge_and_check(entry);
                let depth = self.add_depth_local();
                self.op(Instruction::GlobalGet(self.pass.depth_global()));
                self.op(Instruction::LocalSet(depth));
            }
            Depth::Counted(weight) => {
                self.charge(entry);
                self.enter_depth(weight);
            }
        }
    }

    fn add_depth_local(&mut self) -> u32 {
        let depth = self.add_local(ValType::I32);
        self.depth = Some(depth);
        depth
    }

    /// Takes the frame's share, and compares both counters with zero at once: where either is below, so is
    /// the one or-ed with the other.
    fn enter_depth(&mut self, weight: u32) {
        self.counter();
        match self.depth {
            Some(given) => self.op(Instruction::LocalGet(given)),
            None => self.op(Instruction::GlobalGet(self.pass.depth_global())),
        }
        // wasm3 is slower where a parameter is written.
        let depth = self.add_depth_local();
        self.op(Instruction::I32Const(weight.cast_signed()));
        self.op(Instruction::I32Sub);
        self.op(Instruction::LocalTee(depth));
        self.op(Instruction::I64ExtendI32S);
        self.op(Instruction::I64Or);
        self.check();
    }

    pub(super) fn call(&mut self, operator: &Operator<'_>, function: u32) -> Result<(), Failure> {
        let info = self.pass.info;
        if info.is_imported(function) {
            return self.host_call(operator, info.takes_request(function));
        }
        if let Some(depth) = self.depth.filter(|_| info.is_given_depth(function)) {
            self.op(Instruction::LocalGet(depth));
            return self.call_out(operator, false);
        }
        self.call_out(operator, info.depths.get(function) != Depth::Ignored)
    }

    fn host_call(&mut self, operator: &Operator<'_>, takes_request: bool) -> Result<(), Failure> {
        if !takes_request {
            self.charge_and_check(0);
            return self.call_out(operator, true);
        }
        self.charge_size(self.prices().host_bytes);
        self.call_out(operator, true)?;
        self.charge_reply(self.prices().host_reply);
        Ok(())
    }

    pub(super) fn call_out(&mut self, operator: &Operator<'_>, counts_depth: bool) -> Result<(), Failure> {
        if let Some(depth) = self.depth.filter(|_| counts_depth) {
            self.op(Instruction::LocalGet(depth));
            self.op(Instruction::GlobalSet(self.pass.depth_global()));
        }
        self.copy(operator)?;
        self.cached = false;
        Ok(())
    }

    /// The function's own end.
    pub(super) fn finish(&mut self) {
        self.op(Instruction::Return);
        self.op(Instruction::End);
        if let Some(depth) = self.depth {
            self.op(Instruction::LocalGet(depth));
            self.op(Instruction::GlobalSet(self.pass.depth_global()));
        }
        self.op(Instruction::Unreachable);
        self.op(Instruction::End);
    }
}
