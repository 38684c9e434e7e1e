//! Traps of the interpreter, by the numbers of `docs/NATIVE-IMAGES.md`.

use wasmi::TrapCode;

/// The number of a trap.
pub fn number(code: Option<TrapCode>) -> u32 {
    match code {
        Some(TrapCode::UnreachableCodeReached) => 1,
        Some(TrapCode::MemoryOutOfBounds) => 2,
        Some(TrapCode::TableOutOfBounds | TrapCode::IndirectCallToNull | TrapCode::BadSignature) => 3,
        Some(TrapCode::IntegerDivisionByZero) => 4,
        Some(TrapCode::IntegerOverflow) => 5,
        Some(TrapCode::BadConversionToInteger) => 6,
        _ => 7,
    }
}
