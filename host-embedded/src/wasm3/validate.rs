//! The validation of a module's functions, by wasm3, and what its compiler needs for them.

use super::layout::Layout;
use super::sys::{Core, Invalid};
use crate::LoadError;
use aingle_wasm_wasm3_sys::{NESTING, Requirements, SLOTS, STACK_HEIGHT};

/// The most operands of one function: wasm3 counts in eight bits how many of them are one local variable.
const OPERANDS: u32 = 255;

/// The steps that wasm3's compiler may take for a module: so many, and so many for each of its bytes.
const STEPS: (u64, u64) = (16 << 20, 256);

/// Validates all functions of a module.
///
/// # Errors
/// [`LoadError::Invalid`], [`LoadError::Unsupported`], or [`LoadError::EngineLimit`] for a function that wasm3's compiler
/// has no room for.
pub(super) fn validate(core: &mut Core<'_>, layout: &Layout<'_>, imports: u32) -> Result<(), LoadError> {
    let mut steps = 0_u64;
    for (function, body) in (imports..).zip(layout.bodies()) {
        let body = body?;
        let mut requirements = Requirements::default();
        match core.validate(function, &mut requirements) {
            Ok(()) => check(&requirements)?,
            Err(invalid) => return Err(refusal(invalid, &requirements, body.code, body.offset)),
        }
        steps = steps.saturating_add(requirements.steps);
    }
    let limit = STEPS.0.saturating_add(STEPS.1.saturating_mul(layout.len() as u64));
    let [limit, found] = [limit, steps].map(|steps| u32::try_from(steps).unwrap_or(u32::MAX));
    LoadError::check_count("steps to compile", limit, found)
}

/// Checks what a function needs of the compiler's tables.
fn check(requirements: &Requirements) -> Result<(), LoadError> {
    LoadError::check_count("nested blocks in one function", NESTING, requirements.nesting)?;
    LoadError::check_count("operands in one function", OPERANDS, requirements.operands)?;
    LoadError::check_count("variables and operands in one function", STACK_HEIGHT - 1, requirements.values)?;
    LoadError::check_count("slots for the calls of one function", SLOTS - 1, requirements.slots)
}

/// Tells a function that needs a later feature from one that is invalid, or too large.
fn refusal(invalid: Invalid, requirements: &Requirements, code: &[u8], start: u32) -> LoadError {
    let offset = start.wrapping_add(requirements.offset);
    let at = requirements.offset as usize;
    let later = match (invalid, code.get(at), code.get(at + 1)) {
        (Invalid::TooLarge(reason), ..) => {
            return check(requirements).err().unwrap_or(LoadError::Engine { reason });
        }
        (Invalid::Opcode, Some(&opcode), next) => later(opcode, next.copied()),
        _ => None,
    };
    later.map_or(LoadError::Invalid { offset }, |feature| LoadError::Unsupported { feature, offset })
}

/// The later feature that an opcode belongs to, by the byte that follows it.
fn later(opcode: u8, next: Option<u8>) -> Option<&'static str> {
    Some(match (opcode, next?) {
        // The type of a block.
        (0x02..=0x04, 0x7b) | (0xfd, _) => "SIMD",
        (0x02..=0x04, 0x00..=0x3f | 0x80..) => "multi-value",
        (0x06..=0x0a | 0x18 | 0x19 | 0x1f, _) => "exceptions",
        (0x12 | 0x13, _) => "tail calls",
        (0x14 | 0x15 | 0xd4..=0xd6, _) => "function references",
        (0x02..=0x04, 0x63..=0x70) | (0x1c | 0x25 | 0x26 | 0xd0..=0xd2, _) | (0xfc, 15..=17) => {
            "reference types"
        }
        (0xfb | 0xd3, _) => "garbage collection",
        (0xfc, 8..=14) => "bulk memory",
        (0xfc, 19..=22) => "wide arithmetic",
        (0xfe, _) => "threads",
        _ => return None,
    })
}
