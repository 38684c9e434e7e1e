//! What wasm3's results mean: null for success, else a text that never changes.

use crate::{LoadError, Trap};

const OUT_OF_MEMORY: [&str; 3] = [
    "memory allocation failed",
    "memory allocation failed when acquiring a new M3 code page",
    "runtime ran out of memory",
];

/// What a text that stopped a guest means.
pub(super) fn trap_of(text: &str) -> Trap {
    match text {
        "[trap] unreachable executed" => Trap::Unreachable,
        "[trap] out of bounds memory access" => Trap::MemoryOutOfBounds,
        "[trap] indirect call type mismatch"
        | "[trap] undefined element"
        | "[trap] uninitialized element" => Trap::IndirectCall,
        "[trap] integer divide by zero" => Trap::DivisionByZero,
        "[trap] integer overflow" => Trap::IntegerOverflow,
        "[trap] invalid conversion to integer" => Trap::InvalidConversion,
        "[trap] stack overflow" => Trap::StackOverflow,
        text if OUT_OF_MEMORY.contains(&text) => Trap::EngineOutOfMemory,
        _ => Trap::Other,
    }
}

/// What a text that stopped the loading of a module means.
pub(super) fn load_error_of(reason: &'static str) -> LoadError {
    if OUT_OF_MEMORY.contains(&reason) { LoadError::OutOfMemory } else { LoadError::Engine { reason } }
}
