//! Bulk operations that work in pieces.
//!
//! No engine looks at an interrupt within `memory.fill` or `memory.copy`, and one that works on a gigabyte takes half a second. So what is larger
//! than a piece is done by a function that is added to the module, piece by piece. Behind each it sees whether an interrupt has taken the fuel.

use wasm_encoder::{BlockType, Function, Instruction, ValType};
use wasmparser::Operator;

/// How much is worked on at once, in bytes: some tens of microseconds, and some hundreds where the memory was not touched before.
const PIECE: i32 = 1 << 20;

/// Bulk operation whose length its caller chooses up to the whole memory. (`memory.init` has a segment of the module.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bulk {
    Fill,
    Copy,
}

/// The parameters of an operation, and of the function that does it in pieces: where to, what or where from, and how much.
pub(crate) const PARAMS: [ValType; 3] = [ValType::I32; 3];
const TO: u32 = 0;
const FROM: u32 = 1;
const LEN: u32 = 2;

impl Bulk {
    /// Returns the operation that an operator is, if it is one.
    pub(crate) fn of(operator: &Operator<'_>) -> Option<Self> {
        match operator {
            Operator::MemoryFill { .. } => Some(Self::Fill),
            Operator::MemoryCopy { .. } => Some(Self::Copy),
            _ => None,
        }
    }

    fn instruction(self) -> Instruction<'static> {
        match self {
            Self::Fill => Instruction::MemoryFill(0),
            Self::Copy => Instruction::MemoryCopy { src_mem: 0, dst_mem: 0 },
        }
    }

    /// Returns the operation, which has its operands on the stack and its length in a local, and is done by a function of this index and type
    /// if it is long.
    pub(crate) fn emit(self, len: u32, function: u32, ty: u32, mut op: impl FnMut(Instruction<'_>)) {
        op(Instruction::LocalGet(len));
        op(Instruction::I32Const(PIECE));
        op(Instruction::I32GtU);
        op(Instruction::If(BlockType::FunctionType(ty)));
        op(Instruction::Call(function));
        op(Instruction::Else);
        op(self.instruction());
        op(Instruction::End);
    }

    /// Returns the function. It is called with more than a piece. `page_size` is a power of two, `fuel` the counter's global.
    pub(crate) fn function(self, page_size: u32, fuel: u32) -> Function {
        let mut pieces = Pieces { bulk: self, page_size, fuel, function: Function::new([]) };
        pieces.whole_if_outside();
        match self {
            Self::Fill => pieces.upwards(),
            Self::Copy => {
                // What overlaps is copied from the end that is not overwritten.
                pieces.ops([Instruction::LocalGet(TO), Instruction::LocalGet(FROM), Instruction::I32GtU]);
                pieces.op(Instruction::If(BlockType::Empty));
                pieces.downwards();
                pieces.op(Instruction::Else);
                pieces.upwards();
                pieces.op(Instruction::End);
            }
        }
        pieces.op(Instruction::End);
        pieces.function
    }
}

/// A function as far as it is written.
struct Pieces {
    bulk: Bulk,
    page_size: u32,
    fuel: u32,
    function: Function,
}

impl Pieces {
    fn op(&mut self, instruction: Instruction<'_>) {
        self.function.instruction(&instruction);
    }

    fn ops<const N: usize>(&mut self, instructions: [Instruction<'_>; N]) {
        for instruction in instructions {
            self.op(instruction);
        }
    }

    /// An operation that reaches outside of the memory traps before it has written anything: it is done at once.
    fn whole_if_outside(&mut self) {
        self.op(Instruction::Block(BlockType::Empty));
        self.is_outside(TO);
        if self.bulk == Bulk::Copy {
            self.is_outside(FROM);
            self.op(Instruction::I32Or);
        }
        self.ops([Instruction::I32Eqz, Instruction::BrIf(0)]);
        self.ops([TO, FROM, LEN].map(Instruction::LocalGet));
        self.ops([self.bulk.instruction(), Instruction::Return, Instruction::End]);
    }

    fn is_outside(&mut self, from: u32) {
        self.ops([Instruction::LocalGet(from), Instruction::I64ExtendI32U]);
        self.ops([Instruction::LocalGet(LEN), Instruction::I64ExtendI32U, Instruction::I64Add]);
        self.ops([Instruction::MemorySize(0), Instruction::I64ExtendI32U]);
        self.ops([Instruction::I64Const(self.page_size.into()), Instruction::I64Shl, Instruction::I64GtU]);
    }

    /// From the lowest address.
    fn upwards(&mut self) {
        self.op(Instruction::Loop(BlockType::Empty));
        self.ops([TO, FROM].map(Instruction::LocalGet));
        self.ops([Instruction::I32Const(PIECE), self.bulk.instruction()]);
        self.add(TO, PIECE);
        if self.bulk == Bulk::Copy {
            self.add(FROM, PIECE);
        }
        self.again_if_long();
        self.rest();
    }

    /// From the highest address.
    fn downwards(&mut self) {
        self.op(Instruction::Loop(BlockType::Empty));
        for from in [TO, FROM] {
            self.ops([Instruction::LocalGet(from), Instruction::LocalGet(LEN), Instruction::I32Add]);
            self.ops([Instruction::I32Const(PIECE), Instruction::I32Sub]);
        }
        self.ops([Instruction::I32Const(PIECE), self.bulk.instruction()]);
        self.again_if_long();
        self.rest();
    }

    fn add(&mut self, local: u32, amount: i32) {
        self.ops([Instruction::LocalGet(local), Instruction::I32Const(amount)]);
        self.ops([Instruction::I32Add, Instruction::LocalSet(local)]);
    }

    /// The end of a loop: a piece is done. What was paid is there, so that the counter is below zero only if its fuel was taken.
    fn again_if_long(&mut self) {
        self.ops([Instruction::GlobalGet(self.fuel), Instruction::I64Const(0), Instruction::I64LtS]);
        self.ops([Instruction::If(BlockType::Empty), Instruction::Unreachable, Instruction::End]);
        self.ops([Instruction::LocalGet(LEN), Instruction::I32Const(PIECE), Instruction::I32Sub]);
        self.ops([Instruction::LocalTee(LEN), Instruction::I32Const(PIECE), Instruction::I32GtU]);
        self.ops([Instruction::BrIf(0), Instruction::End]);
    }

    /// What is left, at the lowest address that is not done.
    fn rest(&mut self) {
        self.ops([TO, FROM, LEN].map(Instruction::LocalGet));
        self.op(self.bulk.instruction());
    }
}
