//! The image that this firmware was built with.
#![allow(unsafe_code)]

use aingle_wasm_host_embedded::native::NativeImage;

/// The image in these bytes, one of those in this firmware's flash.
pub fn image(bytes: &[u8]) -> NativeImage<'_> {
    // SAFETY: the benchmark made both images for this processor and built them into the firmware.
    crate::done(unsafe { NativeImage::new_unchecked(bytes) })
}
