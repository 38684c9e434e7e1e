//! The `select` instructions that wasmi 2.0.0 computes wrongly.
//!
//! If the condition is a comparison of an `i32` with zero, `translate_select` drops the comparison and selects by the
//! compared value. It reads that value from the register, where the comparison's result would be, even if the value is
//! in a slot (`I32Eq_Rsi`, `I32NotEq_Rsi`). This check does not know slots, so it refuses every `select` with such a
//! condition. LLVM emits none: it swaps the operands of the `select` and drops the comparison itself.

use crate::LoadError;
use aingle_wasm_host_core::Module;
use aingle_wasm_module::reader::{ReadError, Reader, section, sections};
use alloc::vec::Vec;

const FEATURE: &str = "right `select` by a comparison with zero (wasmi 2.0.0)";

/// Checks the functions of a module that wasmi has validated.
///
/// # Errors
/// [`LoadError::Unsupported`] with the offset of the first `select` that is refused.
pub(super) fn check(module: Module<'_>) -> Result<(), LoadError> {
    let arity = |(params, results): (&[u8], &[u8])| (params.len(), results.len());
    let types: Vec<Arity> = module.types().map(arity).collect();
    let imported = module.imports().filter_map(|import| import.ty);
    let functions: Vec<u32> = imported.chain(module.functions()).collect();
    let code = sections(module.wasm()).flatten().find(|found| found.id == section::CODE);
    let Some(mut bodies) = code.map(|code| code.body) else { return Ok(()) };
    for _ in 0..bodies.u32()? {
        let len = bodies.u32()? as usize;
        Function::new(bodies.part(len)?, &types, &functions)?.check()?;
    }
    Ok(())
}

/// How many values are popped and pushed.
type Arity = (usize, usize);

/// What is known of an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operand {
    /// Not a constant and not a comparison with zero.
    Value,
    /// A constant other than zero.
    NonZero,
    /// Perhaps a constant, perhaps zero.
    MayBeZero,
    /// Perhaps the result of a comparison with zero.
    Comparison,
}

use Operand::{Comparison, MayBeZero, NonZero, Value};

/// What an instruction does with the operands.
enum Effect {
    /// Pops so many, and pushes so many values.
    Move(Arity),
    Push(Operand),
    /// Replaces an operand by a function of it.
    Unary,
    /// The same with two operands.
    Binary,
    /// Compares with zero.
    EqualZero,
    /// Compares two `i32`, or may become a comparison of them.
    Equal,
    Tee,
    Select,
    /// Ends the code that can be reached.
    Leave,
}

/// A block, loop, `if` or function whose end has not been read.
struct Frame {
    /// How many operands are below its parameters.
    height: usize,
    arity: Arity,
}

/// One function while its instructions are read.
struct Function<'m, 't> {
    code: Reader<'m>,
    types: &'t [Arity],
    functions: &'t [u32],
    operands: Vec<Operand>,
    frames: Vec<Frame>,
    /// 0 if the code is reachable, otherwise 1 and the number of blocks that began in unreachable code. wasmi does not
    /// translate such code.
    unreachable: usize,
}

impl<'m, 't> Function<'m, 't> {
    fn new(mut code: Reader<'m>, types: &'t [Arity], functions: &'t [u32]) -> Result<Self, ReadError> {
        for _ in 0..code.u32()? {
            code.u32()?;
            code.byte()?;
        }
        Ok(Self { code, types, functions, operands: Vec::new(), frames: Vec::new(), unreachable: 0 })
    }

    fn check(mut self) -> Result<(), LoadError> {
        while !self.code.bytes().is_empty() {
            let offset = self.code.offset();
            match self.code.byte()? {
                opcode @ 0x02..=0x04 => self.begin(opcode == 0x04)?,
                0x05 => self.begin_else(),
                0x0b => self.end(),
                opcode => {
                    let effect = self.effect(opcode, offset)?;
                    if self.unreachable == 0 {
                        self.apply(effect, offset)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, is_if: bool) -> Result<(), ReadError> {
        let arity = match self.code.signed(33)? {
            -64 => (0, 0),
            index => usize::try_from(index).map_or((0, 1), |index| self.arity(index)),
        };
        if self.unreachable > 0 {
            self.unreachable += 1;
            return Ok(());
        }
        if is_if {
            self.pop();
        }
        self.blur(arity.0);
        let height = self.operands.len().saturating_sub(arity.0);
        self.frames.push(Frame { height, arity });
        Ok(())
    }

    fn begin_else(&mut self) {
        let Some(Frame { height, arity }) = self.frames.last().filter(|_| self.unreachable < 2) else {
            return;
        };
        self.unreachable = 0;
        self.operands.truncate(*height);
        self.operands.resize(height + arity.0, MayBeZero);
    }

    fn end(&mut self) {
        if self.unreachable > 1 {
            self.unreachable -= 1;
            return;
        }
        // None at the end of the function.
        let Some(Frame { height, arity }) = self.frames.pop() else { return };
        if self.unreachable == 1 {
            self.unreachable = 0;
            self.operands.truncate(height);
        }
        self.operands.resize(height + arity.1, MayBeZero);
        self.blur(arity.1);
    }

    /// Forgets what the uppermost operands are, except comparisons: they may come from elsewhere, too.
    fn blur(&mut self, count: usize) {
        let operands = self.operands.iter_mut().rev().take(count);
        operands.filter(|operand| **operand != Comparison).for_each(|operand| *operand = MayBeZero);
    }

    /// Reads the rest of an instruction.
    fn effect(&mut self, opcode: u8, offset: u32) -> Result<Effect, LoadError> {
        let effect = match opcode {
            0x00 | 0x0c | 0x0e | 0x0f | 0x12 | 0x13 => Effect::Leave,
            0x1b | 0x1c => Effect::Select,
            0x20 | 0x3f | 0xd2 => Effect::Push(Value),
            0x22 => Effect::Tee,
            // An immutable global is a constant.
            0x23 | 0x41..=0x44 | 0xd0 => Effect::Push(MayBeZero),
            // wasmi takes `ref.is_null` for `i32.eqz`.
            0x45 | 0xd1 => Effect::EqualZero,
            // wasmi turns `i32.xor` into one if `i64.eqz` or `i64.ne` follows.
            0x46 | 0x47 | 0x73 => Effect::Equal,
            0x25 | 0x28..=0x35 | 0x40 => Effect::Move((1, 1)),
            0x26 | 0x36..=0x3e => Effect::Move((2, 0)),
            0x50 | 0x67..=0x69 | 0x79..=0x7b | 0x8b..=0x91 | 0x99..=0x9f | 0xa7..=0xc4 => Effect::Unary,
            0x48..=0xa6 => Effect::Binary,
            0x01 => Effect::Move((0, 0)),
            _ => Effect::Move((1, 0)),
        };
        let code = &mut self.code;
        match opcode {
            0x00 | 0x01 | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 | 0xd1 => {}
            0x0c | 0x0d | 0x12 | 0x20..=0x26 | 0x3f | 0x40 | 0xd2 => drop(code.u32()?),
            0x0e => (0..=code.u32()?).try_for_each(|_| code.u32().map(drop))?,
            0x13 | 0x28..=0x3e => drop((code.u32()?, code.u32()?)),
            0x1c => (0..code.u32()?).try_for_each(|_| code.byte().map(drop))?,
            0x42 => drop(code.signed(64)?),
            0x43 => drop(code.take(4)?),
            0x44 => drop(code.take(8)?),
            0xd0 => drop(code.signed(33)?),
            0x10 => {
                let function = code.u32()? as usize;
                let ty = self.functions.get(function).copied().unwrap_or_default();
                return Ok(Effect::Move(self.arity(ty as usize)));
            }
            0x11 => {
                let (ty, _) = (code.u32()?, code.u32()?);
                let (params, results) = self.arity(ty as usize);
                return Ok(Effect::Move((params + 1, results)));
            }
            0x41 if code.signed(32)? != 0 => return Ok(Effect::Push(NonZero)),
            0x41 => {}
            0xfc => return self.long(offset),
            _ => return Err(LoadError::Unsupported { feature: "later instruction", offset }),
        }
        Ok(effect)
    }

    /// An instruction of two numbers: saturating conversions, bulk memory and tables.
    fn long(&mut self, offset: u32) -> Result<Effect, LoadError> {
        let code = &mut self.code;
        let (indices, arity) = match code.u32()? {
            0..=7 => return Ok(Effect::Unary),
            8 | 10 | 12 | 14 => (2, (3, 0)),
            9 | 13 => (1, (0, 0)),
            11 | 17 => (1, (3, 0)),
            15 => (1, (2, 1)),
            16 => (1, (0, 1)),
            _ => return Err(LoadError::Unsupported { feature: "later instruction", offset }),
        };
        for _ in 0..indices {
            code.u32()?;
        }
        Ok(Effect::Move(arity))
    }

    fn apply(&mut self, effect: Effect, offset: u32) -> Result<(), LoadError> {
        let result = match effect {
            Effect::Leave => {
                self.unreachable = 1;
                return Ok(());
            }
            Effect::Move((pops, pushes)) => {
                let height = self.operands.len().saturating_sub(pops);
                self.operands.truncate(height);
                self.operands.resize(height + pushes, Value);
                return Ok(());
            }
            Effect::Push(operand) => operand,
            Effect::EqualZero => {
                self.pop();
                Comparison
            }
            Effect::Equal => match [self.pop(), self.pop()] {
                [MayBeZero, NonZero] | [NonZero, MayBeZero] => MayBeZero,
                [MayBeZero, _] | [_, MayBeZero] => Comparison,
                operands => fold(operands),
            },
            Effect::Unary => match self.pop() {
                NonZero => MayBeZero,
                operand => operand,
            },
            Effect::Binary => fold([self.pop(), self.pop()]),
            // It is copied into the variable, which is read then. A constant stays one.
            Effect::Tee => match self.pop() {
                Comparison => Value,
                operand => operand,
            },
            Effect::Select => {
                let condition = self.pop();
                if condition == Comparison {
                    return Err(LoadError::Unsupported { feature: FEATURE, offset });
                }
                chosen(condition, [self.pop(), self.pop()])
            }
        };
        self.operands.push(result);
        Ok(())
    }

    fn pop(&mut self) -> Operand {
        self.operands.pop().unwrap_or(Value)
    }

    /// The parameters and results of a type.
    fn arity(&self, ty: usize) -> Arity {
        self.types.get(ty).copied().unwrap_or_default()
    }
}

/// The result of an instruction with two operands. wasmi computes it from two constants; with one it may leave the
/// other operand as it is.
fn fold(operands: [Operand; 2]) -> Operand {
    match operands {
        [Comparison, NonZero | MayBeZero] | [NonZero | MayBeZero, Comparison] => Comparison,
        [NonZero | MayBeZero, NonZero | MayBeZero] => MayBeZero,
        _ => Value,
    }
}

/// The result of a `select`. wasmi computes it only if the condition is no constant and the operands are no equal
/// constants.
fn chosen(condition: Operand, operands: [Operand; 2]) -> Operand {
    let constant = |operand: &Operand| matches!(operand, NonZero | MayBeZero);
    match (constant(&condition), operands.iter().filter(|operand| constant(operand)).count()) {
        (true, _) if operands.contains(&Comparison) => Comparison,
        (true, 1..) | (false, 2) => MayBeZero,
        _ => Value,
    }
}
