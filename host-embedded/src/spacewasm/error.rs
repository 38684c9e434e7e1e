//! The engine's words, in ours.

use super::load_plan::LoadPlan;
use ::spacewasm::alloc::AllocError;
use ::spacewasm::{ConstantExprError, ParseError, SectionKind, TrapReason, ValidationError};
use aingle_wasm_host_core::{LoadError, Trap};

/// Why the engine refused the module.
pub(super) fn load_error(plan: &LoadPlan<'_>, refused: &ParseError) -> LoadError {
    use ValidationError as V;
    let (behind, error) = (plan.offset_in_module(refused.offset), &refused.err.err);
    let later = later_feature(plan, error, behind);
    // An opcode was read before it was refused.
    let offset = if matches!(error, V::InvalidOpcode(_)) { behind.saturating_sub(1) } else { behind };
    if let Some(feature) = later.or_else(|| beyond_engine(error)) {
        return LoadError::Unsupported { feature, offset };
    }
    match error {
        // Its lists of fixed size are full. An allocation that fails is another error, given our symbols.
        V::AllocError(AllocError::OutOfMemory) if refused.err.section == Some(SectionKind::Code) => {
            LoadError::Unsupported { feature: "room for blocks or operands nested this deep", offset }
        }
        V::AllocError(_) => LoadError::OutOfMemory,
        V::GuestMemoryAllocationFailure => memory_error(plan),
        V::MemoryError(_)
        | V::InvalidNegativeMemOffset
        | V::InvalidElementOffset
        | V::InvalidElementOutOfBounds => segment_error(plan, offset),
        _ => LoadError::Invalid { offset },
    }
}

/// Why the engine stopped the guest.
pub(super) fn trap(reason: TrapReason) -> Trap {
    match reason {
        TrapReason::Unreachable => Trap::Unreachable,
        TrapReason::DivideByZero => Trap::DivisionByZero,
        TrapReason::InvalidTableIndex
        | TrapReason::InvalidTableFunctionType
        | TrapReason::UninitializedTableElement => Trap::IndirectCall,
        TrapReason::MemoryOutOfBounds => Trap::MemoryOutOfBounds,
        TrapReason::StackOverflow => Trap::StackOverflow,
        // A float that no integer reaches is an overflow, as the specification calls it; NaN is not.
        TrapReason::IntegerOverflow | TrapReason::UnrepresentableResult => Trap::IntegerOverflow,
        TrapReason::BadConversionToInteger => Trap::InvalidConversion,
        TrapReason::OutOfMemory => Trap::EngineOutOfMemory,
        TrapReason::Host
        | TrapReason::GlobalGetFailed
        | TrapReason::GlobalSetFailed
        | TrapReason::MemoryRefNotUnique
        | TrapReason::MalformedIr => Trap::Other,
    }
}

fn memory_error(plan: &LoadPlan<'_>) -> LoadError {
    let (limit, needed) = (u64::from(plan.memory_limit), plan.memory_declared);
    if limit < needed { LoadError::MemoryLimit { limit, needed } } else { LoadError::OutOfMemory }
}

/// A segment that would fit if the memory had not been shrunk misses memory; else it is the module's
/// own fault.
fn segment_error(plan: &LoadPlan<'_>, offset: u32) -> LoadError {
    let Some(segment) = plan.segment_at(offset) else { return LoadError::Invalid { offset } };
    match (plan.memory_end, segment.needed) {
        (Some(limit), Some(needed)) if segment.data && needed <= plan.memory_declared => {
            LoadError::MemoryLimit { limit: u64::from(limit), needed }
        }
        _ => LoadError::Segment { index: segment.index },
    }
}

/// The later proposal that explains the error, if any. `offset` is behind what was read last.
fn later_feature(plan: &LoadPlan<'_>, error: &ValidationError, offset: u32) -> Option<&'static str> {
    use ValidationError as V;
    let next = plan.wasm.get(offset as usize).copied();
    match *error {
        V::InvalidOpcode(opcode) => opcode_feature(opcode, next),
        V::InvalidConstantExpr(ConstantExprError::InvalidConstantInstruction) => {
            const_feature(*plan.wasm.get((offset as usize).checked_sub(1)?)?)
        }
        // A second constant, to be added to the first perhaps.
        V::InvalidConstantExpr(ConstantExprError::AlreadyHasValue) => Some("extended constant expressions"),
        V::MalformedValueType(ty) => type_feature(ty),
        V::MalformedFunction(_) => Some("garbage collected types"),
        V::MalformedElemType(_) | V::MultipleTables | V::InvalidTableIndex => Some("reference types"),
        V::FunctionReturnsTooLarge => Some("functions of several results"),
        V::MultipleMemories => Some("several memories"),
        V::InvalidMemIndex => Some("bulk memory"),
        V::MalformedMemType(flags) | V::MalformedLimit(flags) => match flags {
            2 | 3 => Some("threads"),
            4..=7 => Some("64-bit memory"),
            _ => None,
        },
        V::InvalidPageSize(_) => Some("pages of another size than 1 and 65536"),
        // The index of the table in `call_indirect`, of the memory in `memory.size`.
        V::ExpectedTerminal(0) => Some("several tables or memories"),
        _ => None,
    }
}

fn opcode_feature(opcode: u8, next: Option<u8>) -> Option<&'static str> {
    Some(match opcode {
        0x06..=0x0a | 0x18 | 0x19 | 0x1f => "exception handling",
        0x12 | 0x13 => "tail calls",
        0x14 | 0x15 | 0xd3..=0xd6 => "typed function references",
        0x1c | 0x25 | 0x26 | 0xd0..=0xd2 => "reference types",
        0xc0..=0xc4 => "sign extension",
        0xfb => "garbage collected types",
        0xfc if next.is_some_and(|next| next < 8) => "saturating float to int",
        0xfc => "bulk memory",
        0xfd => "SIMD",
        0xfe => "threads",
        _ => return None,
    })
}

/// What an instruction in a constant expression needs, where another than the constants stands.
fn const_feature(opcode: u8) -> Option<&'static str> {
    match opcode {
        0x6a..=0x6c | 0x7c..=0x7e => Some("extended constant expressions"),
        _ => opcode_feature(opcode, None),
    }
}

fn type_feature(ty: u8) -> Option<&'static str> {
    match ty {
        0x7b => Some("SIMD"),
        0x6f | 0x70 => Some("reference types"),
        0x63..=0x6e | 0x71..=0x74 => Some("garbage collected types"),
        // The type of a block, as an index.
        0x00..=0x3f => Some("blocks of several results"),
        _ => None,
    }
}

/// The engine's own limit that explains the error, if any.
fn beyond_engine(error: &ValidationError) -> Option<&'static str> {
    use ValidationError as V;
    Some(match error {
        V::ControlFlowTooDeep => "room for blocks nested this deep",
        V::StackTooLarge | V::LabelStackJumpTooDeep => "room for an operand stack this deep",
        V::LabelJumpTooLarge | V::PossibleBackpatchCycle => "room for a jump this far",
        V::TooManyLocals => "room for this many local variables",
        V::FunctionParametersTooLarge => "room for this many parameters",
        V::IdxTooLarge | V::ModuleIdxTooLarge | V::VecTooLong => "room for a number or a list this large",
        V::InvalidHostStartFunction => "start function that is imported",
        _ => return None,
    })
}
