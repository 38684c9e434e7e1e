//! How much of the native stack calls of a guest may take.
//!
//! wasm3 compares the native stack with a mark at each call of the guest, and at each block that it compiles. What comes
//! after that, until the next, has to have room beyond the mark.

use crate::LoadError;
use aingle_wasm_types::metering::DEPTH_BYTES;

/// The native stack that one call of a guest's function takes, in bytes: the C frame of `op_Call` or `op_CallIndirect`.
/// Measured 64 and 96 with gcc -O2 on x86-64; on Cortex-M3 40 and 56 with -Os.
const CALL_FRAME: u64 = if cfg!(target_pointer_width = "64") { 128 } else { 64 };

/// The native stack that may be taken beyond the mark: by one instruction, its compilation, or the crossing to a host
/// function.
const FIXED: u32 = 1024;

/// What is left for calls and nested blocks.
///
/// # Errors
/// [`LoadError::Engine`] when nothing is.
pub(super) fn for_calls(native_stack: u32) -> Result<u32, LoadError> {
    let left = native_stack.checked_sub(FIXED);
    left.ok_or(LoadError::Engine { reason: "`native_stack` is less than 1024 bytes" })
}

/// How much stack of wasm3's own, in bytes, calls of a module that carries limits may take until they have taken this native
/// stack: the frame of a function counts for at least half a unit.
pub(super) fn stack(native_stack: u32) -> u64 {
    u64::from(native_stack) / (2 * CALL_FRAME) * u64::from(DEPTH_BYTES)
}
