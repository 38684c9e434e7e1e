//! The native stack, as the image says what it takes of it.

use aingle_wasm_host_core::LoadError;
use aingle_wasm_image::Image;

/// Checks that calls with this limit on their depth have stack enough.
///
/// # Errors
/// [`LoadError::DepthLimit`] for an image with limits, [`LoadError::Image`] for one without.
pub(super) fn check_stack(image: &Image<'_>, native_stack: u32, depth: u32) -> Result<(), LoadError> {
    let (stack, found) = (image.stack(), u64::from(native_stack));
    let nested = if image.counters().is_some() { u64::from(depth) } else { 1 };
    let needed = u64::from(stack.fixed) + u64::from(stack.per_depth) * nested;
    if needed <= found {
        return Ok(());
    }
    if stack.per_depth == 0 || image.counters().is_none() {
        let (what, needed) = ("native stack", u32::try_from(needed).unwrap_or(u32::MAX));
        return Err(LoadError::Image { what, expected: native_stack, found: needed });
    }
    let fixed_depth = stack.fixed.div_ceil(stack.per_depth);
    Err(LoadError::DepthLimit { limit: depth, fixed_depth, needed, found, native: true })
}
