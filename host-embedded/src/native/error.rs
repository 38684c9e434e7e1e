//! The image's words, in ours.

use aingle_wasm_host_core::{LoadError, Trap};
use aingle_wasm_image::{Target, TrapCode};

/// Why nothing is loaded on other processors than those that images are for.
pub(super) const NO_PROCESSOR: &str = "this processor runs no native images";

/// What stopped a call.
pub(super) fn trap(word: u32) -> Trap {
    match TrapCode::from_word(word) {
        Some(TrapCode::Unreachable) => Trap::Unreachable,
        Some(TrapCode::MemoryOutOfBounds) => Trap::MemoryOutOfBounds,
        Some(TrapCode::IndirectCall) => Trap::IndirectCall,
        Some(TrapCode::DivisionByZero) => Trap::DivisionByZero,
        Some(TrapCode::IntegerOverflow) => Trap::IntegerOverflow,
        Some(TrapCode::InvalidConversion) => Trap::InvalidConversion,
        Some(TrapCode::StackOverflow) => Trap::StackOverflow,
        Some(TrapCode::Stopped) | None => Trap::Other,
    }
}

/// Compares what an image needs with what the processor has.
///
/// # Errors
/// [`LoadError::Image`] with the numbers of `docs/NATIVE-IMAGES.md`.
pub(super) fn check_target(device: Option<Target>, image: Target) -> Result<(), LoadError> {
    let Some(device) = device else {
        return Err(LoadError::Engine { reason: NO_PROCESSOR });
    };
    if image.runs_on(device) {
        return Ok(());
    }
    let differs = |what, expected: u32, found: u32| LoadError::Image { what, expected, found };
    let same_core = Target { core: device.core, ..image };
    Err(if !same_core.runs_on(device) && image.unaligned && !device.unaligned {
        differs("unaligned access", 0, 1)
    } else if !same_core.runs_on(device) {
        differs("float ABI", device.float as u32, image.float as u32)
    } else {
        differs("core", device.core as u32, image.core as u32)
    })
}
