//! What an instruction does with the operands.

use wasmparser::Operator;

/// A kind of floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    F32,
    F64,
    F32x4,
    F64x2,
}

/// What an instruction does.
pub(super) struct Effect {
    /// How many operands it takes.
    pub(super) pops: usize,
    /// The kind of floats whose NaNs are all the same to it.
    pub(super) takes: Option<Kind>,
    pub(super) gives: Gives,
}

/// What an instruction gives.
pub(super) enum Gives {
    Nothing,
    /// Something that is not replaced.
    Other,
    /// The result of an operation on floats, which may be any NaN.
    Made(Kind),
}

const fn effect(pops: usize, gives: Gives) -> Option<Effect> {
    Some(Effect { pops, takes: None, gives })
}

/// An operation on floats, of so many operands.
const fn computes(pops: usize, kind: Kind) -> Option<Effect> {
    Some(Effect { pops, takes: Some(kind), gives: Gives::Made(kind) })
}

/// One that gives something else, and treats all NaNs alike.
const fn asks(pops: usize, kind: Kind) -> Option<Effect> {
    Some(Effect { pops, takes: Some(kind), gives: Gives::Other })
}

/// Returns what an instruction does. `None` for those that are not followed: they seldom come between two operations on floats.
pub(super) fn of(operator: &Operator<'_>) -> Option<Effect> {
    use Kind::{F32, F32x4, F64, F64x2};
    use Operator as O;
    match operator {
        O::LocalGet { .. }
        | O::GlobalGet { .. }
        | O::I32Const { .. }
        | O::I64Const { .. }
        | O::F32Const { .. }
        | O::F64Const { .. }
        | O::V128Const { .. } => effect(0, Gives::Other),
        O::LocalSet { .. } | O::GlobalSet { .. } | O::Drop => effect(1, Gives::Nothing),
        O::LocalTee { .. }
        | O::I32Load { .. }
        | O::I64Load { .. }
        | O::F32Load { .. }
        | O::F64Load { .. }
        | O::I32Load8S { .. }
        | O::I32Load8U { .. }
        | O::I32Load16S { .. }
        | O::I32Load16U { .. }
        | O::I64Load8S { .. }
        | O::I64Load8U { .. }
        | O::I64Load16S { .. }
        | O::I64Load16U { .. }
        | O::I64Load32S { .. }
        | O::I64Load32U { .. }
        | O::V128Load { .. }
        | O::I32Eqz
        | O::I64Eqz
        | O::I32WrapI64
        | O::I64ExtendI32S
        | O::I64ExtendI32U
        | O::F32ConvertI32S
        | O::F32ConvertI32U
        | O::F32ConvertI64S
        | O::F32ConvertI64U
        | O::F64ConvertI32S
        | O::F64ConvertI32U
        | O::F64ConvertI64S
        | O::F64ConvertI64U => effect(1, Gives::Other),
        O::I32Store { .. }
        | O::I64Store { .. }
        | O::F32Store { .. }
        | O::F64Store { .. }
        | O::I32Store8 { .. }
        | O::I32Store16 { .. }
        | O::I64Store8 { .. }
        | O::I64Store16 { .. }
        | O::I64Store32 { .. }
        | O::V128Store { .. } => effect(2, Gives::Nothing),
        O::I32Add
        | O::I32Sub
        | O::I32Mul
        | O::I32And
        | O::I32Or
        | O::I32Xor
        | O::I32Shl
        | O::I32ShrS
        | O::I32ShrU
        | O::I32Eq
        | O::I32Ne
        | O::I32LtS
        | O::I32LtU
        | O::I32GtS
        | O::I32GtU
        | O::I32LeS
        | O::I32LeU
        | O::I32GeS
        | O::I32GeU
        | O::I64Add
        | O::I64Sub
        | O::I64Mul
        | O::I64And
        | O::I64Or
        | O::I64Xor
        | O::I64Shl
        | O::I64ShrS
        | O::I64ShrU
        | O::I64Eq
        | O::I64Ne
        | O::I64LtS
        | O::I64LtU
        | O::I64GtS
        | O::I64GtU
        | O::I64LeS
        | O::I64LeU
        | O::I64GeS
        | O::I64GeU => effect(2, Gives::Other),
        O::F32Add | O::F32Sub | O::F32Mul | O::F32Div | O::F32Min | O::F32Max => computes(2, F32),
        O::F32Sqrt | O::F32Ceil | O::F32Floor | O::F32Trunc | O::F32Nearest => computes(1, F32),
        O::F32Eq | O::F32Ne | O::F32Lt | O::F32Gt | O::F32Le | O::F32Ge => asks(2, F32),
        O::I32TruncF32S
        | O::I32TruncF32U
        | O::I32TruncSatF32S
        | O::I32TruncSatF32U
        | O::I64TruncF32S
        | O::I64TruncF32U
        | O::I64TruncSatF32S
        | O::I64TruncSatF32U => asks(1, F32),
        O::F64Add | O::F64Sub | O::F64Mul | O::F64Div | O::F64Min | O::F64Max => computes(2, F64),
        O::F64Sqrt | O::F64Ceil | O::F64Floor | O::F64Trunc | O::F64Nearest => computes(1, F64),
        O::F64Eq | O::F64Ne | O::F64Lt | O::F64Gt | O::F64Le | O::F64Ge => asks(2, F64),
        O::I32TruncF64S
        | O::I32TruncF64U
        | O::I32TruncSatF64S
        | O::I32TruncSatF64U
        | O::I64TruncF64S
        | O::I64TruncF64U
        | O::I64TruncSatF64S
        | O::I64TruncSatF64U => asks(1, F64),
        O::F32DemoteF64 => Some(Effect { pops: 1, takes: Some(F64), gives: Gives::Made(F32) }),
        O::F64PromoteF32 => Some(Effect { pops: 1, takes: Some(F32), gives: Gives::Made(F64) }),
        O::F32x4Add | O::F32x4Sub | O::F32x4Mul | O::F32x4Div | O::F32x4Min | O::F32x4Max => {
            computes(2, F32x4)
        }
        O::F32x4Sqrt | O::F32x4Ceil | O::F32x4Floor | O::F32x4Trunc | O::F32x4Nearest => computes(1, F32x4),
        O::F64x2Add | O::F64x2Sub | O::F64x2Mul | O::F64x2Div | O::F64x2Min | O::F64x2Max => {
            computes(2, F64x2)
        }
        O::F64x2Sqrt | O::F64x2Ceil | O::F64x2Floor | O::F64x2Trunc | O::F64x2Nearest => computes(1, F64x2),
        O::F32x4DemoteF64x2Zero => Some(Effect { pops: 1, takes: Some(F64x2), gives: Gives::Made(F32x4) }),
        O::F64x2PromoteLowF32x4 => Some(Effect { pops: 1, takes: Some(F32x4), gives: Gives::Made(F64x2) }),
        O::F32x4Splat | O::F64x2Splat => effect(1, Gives::Other),
        _ => None,
    }
}
