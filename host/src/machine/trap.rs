//! Wasmer's traps in the bridge's words.

use aingle_wasm_host_core::Trap;
use wasmer::RuntimeError;
use wasmer::sys::vm::TrapCode;

pub(super) fn of(error: &RuntimeError) -> Trap {
    match error.clone().to_trap() {
        Some(TrapCode::StackOverflow) => Trap::StackOverflow,
        Some(TrapCode::HeapAccessOutOfBounds | TrapCode::HeapMisaligned) => Trap::MemoryOutOfBounds,
        Some(TrapCode::TableAccessOutOfBounds | TrapCode::IndirectCallToNull | TrapCode::BadSignature) => {
            Trap::IndirectCall
        }
        Some(TrapCode::IntegerOverflow) => Trap::IntegerOverflow,
        Some(TrapCode::IntegerDivisionByZero) => Trap::DivisionByZero,
        Some(TrapCode::BadConversionToInteger) => Trap::InvalidConversion,
        Some(TrapCode::UnreachableCodeReached) => Trap::Unreachable,
        _ => Trap::Other,
    }
}
