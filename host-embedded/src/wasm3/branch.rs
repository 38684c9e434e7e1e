//! The branches that wasm3 compiles wrongly.

use super::code::OPERANDS;
use wasmparser::{BinaryReader, BlockType, FrameKind, FuncValidator, ValType, ValidatorResources};

const BRANCH_IF: u8 = 0x0d;
const BRANCH_TABLE: u8 = 0x0e;

/// Whether wasm3 may overwrite the index or condition of the branch that comes next.
///
/// `Compile_BranchTable` and `Compile_Branch` pop that operand, which frees its slot, and then move the value below
/// it into the float register. A float that waits there is spilled to the first free slot
/// (`PreserveRegisterIfOccupied`): the operand's, which the branch then reads. Which value waits in the register is
/// not looked at here: two floats in the block are enough.
pub(super) fn overwrites_operand(
    validator: &FuncValidator<ValidatorResources>,
    mut next: BinaryReader<'_>,
) -> bool {
    let moves = match next.read_u8() {
        Ok(BRANCH_TABLE) => true,
        Ok(BRANCH_IF) => next.read_var_u32().is_ok_and(|label| may_carry(validator, label)),
        _ => false,
    };
    moves && two_floats(validator)
}

/// Whether a branch to this label may carry a value: no matter which, to the end of a function.
fn may_carry(validator: &FuncValidator<ValidatorResources>, label: u32) -> bool {
    validator
        .get_control_frame(label as usize)
        .is_some_and(|frame| frame.kind != FrameKind::Loop && frame.block_type != BlockType::Empty)
}

/// Whether the innermost block has a float below the branch's operand, and another one below that. Of more values
/// than wasm3 takes only the first are looked at: a function with so many is refused for them.
fn two_floats(validator: &FuncValidator<ValidatorResources>) -> bool {
    let base = validator.get_control_frame(0).map_or(0, |frame| frame.height);
    let values = (validator.operand_stack_height() as usize).saturating_sub(base);
    let float = |depth| matches!(validator.get_operand_type(depth), Some(Some(ValType::F32 | ValType::F64)));
    float(1) && (2..values.min(OPERANDS as usize + 1)).any(float)
}
