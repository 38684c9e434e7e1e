//! Charges: what is taken from the counter of fuel, and where it is compared with zero.

use super::emitter::Emitter;
use crate::bulk::Bulk;
use crate::price::PerSize;
use wasm_encoder::{Instruction, ValType};

impl Emitter<'_> {
    pub(super) fn charge(&mut self, units: u64) {
        if units > 0 {
            self.subtract(units);
            self.keep();
        }
    }

    pub(super) fn charge_and_check(&mut self, units: u64) {
        if units == 0 {
            self.counter();
            return self.check();
        }
        self.subtract(units);
        self.keep_and_check();
    }

    /// Charges by the topmost operand, and checks, also where there is nothing to charge.
    pub(super) fn charge_size(&mut self, price: PerSize) {
        if price.units == 0 {
            return self.charge_and_check(0);
        }
        let size = self.size_local();
        self.op(Instruction::LocalTee(size));
        self.counter();
        self.op(Instruction::LocalGet(size));
        self.subtract_pieces(price);
    }

    /// Writes a bulk operation that a function does in pieces if it is long.
    pub(super) fn bulk(&mut self, bulk: Bulk, function: u32) {
        let (size, ty) = (self.size_local(), self.pass.info.pieces_type());
        self.op(Instruction::LocalTee(size));
        bulk.emit(size, function, ty, |instruction| self.op(instruction));
    }

    /// Charges by the lower half of a host call's result, and checks. The local that holds the counter at other
    /// times is free there.
    pub(super) fn charge_reply(&mut self, price: PerSize) {
        if price.units == 0 {
            return;
        }
        self.op(Instruction::LocalTee(self.fuel));
        self.counter();
        self.op(Instruction::LocalGet(self.fuel));
        self.op(Instruction::I32WrapI64);
        self.subtract_pieces(price);
    }

    /// Subtracts the price of a size from the counter, both of which are on the stack, and checks.
    fn subtract_pieces(&mut self, price: PerSize) {
        self.op(Instruction::I64ExtendI32U);
        if price.shift > 0 {
            self.op(Instruction::I64Const(i64::from(price.shift)));
            self.op(Instruction::I64ShrU);
        }
        if price.units > 1 {
            self.op(Instruction::I64Const(i64::from(price.units)));
            self.op(Instruction::I64Mul);
        }
        self.op(Instruction::I64Sub);
        self.keep_and_check();
    }

    pub(super) fn size_local(&mut self) -> u32 {
        if let Some(size) = self.size {
            return size;
        }
        let size = self.add_local(ValType::I32);
        self.size = Some(size);
        size
    }

    pub(super) fn counter(&mut self) {
        match self.cached {
            true => self.op(Instruction::LocalGet(self.fuel)),
            false => self.op(Instruction::GlobalGet(self.pass.fuel_global())),
        }
    }

    pub(super) fn subtract(&mut self, units: u64) {
        self.counter();
        self.op(Instruction::I64Const(units.cast_signed()));
        self.op(Instruction::I64Sub);
    }

    /// Keeps the new value of the counter, which is on the stack.
    pub(super) fn keep(&mut self) {
        self.op(Instruction::LocalTee(self.fuel));
        self.op(Instruction::GlobalSet(self.pass.fuel_global()));
        self.cached = true;
    }

    pub(super) fn keep_and_check(&mut self) {
        self.keep();
        self.op(Instruction::LocalGet(self.fuel));
        self.check();
    }

    /// Stops the guest if the counter, which is on the stack, is below zero.
    pub(super) fn check(&mut self) {
        self.check_or(self.stop());
    }

    /// Branches to a label if the counter, which is on the stack, is below zero.
    pub(super) fn check_or(&mut self, label: u32) {
        self.op(Instruction::I64Const(0));
        self.op(Instruction::I64LtS);
        self.op(Instruction::BrIf(label));
    }
}
