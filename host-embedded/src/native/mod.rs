//! The engine of native images: modules that were translated ahead of time for this processor.
//!
//! An image (`docs/NATIVE-IMAGES.md`) runs in place from flash. The only memory that is allocated is the instance: the head and the
//! guest's memory, in one block. Host functions, handles, errors and limits are those of the interpreters.
//!
//! An image is machine code, and a device cannot check what it does. So [`NativeImage`] is made of bytes only by an unsafe
//! function, whose caller says that they are an image from somebody who is trusted; or, with the feature `ota`, by
//! `NativeImage::signed`, which verifies a signature, after firmware has said once that it trusts the signers. The header is
//! checked whole. `NativeImage::of_module` and `Fallback` decide if a device runs the image of a module, or interprets the module.
//!
//! ```no_run
//! use aingle_wasm_host_embedded::Runtime;
//! use aingle_wasm_host_embedded::native::{Native, NativeConfig, NativeImage};
//!
//! # let flash: &[u8] = &[];
//! // SAFETY: the signature of these bytes was verified, and nothing writes to this flash while they run.
//! let image = unsafe { NativeImage::new_unchecked(flash) }.expect("an image");
//! let config = NativeConfig::default().with_fuel(1_000_000).with_native_stack(16 * 1024);
//! let runtime = Runtime::new(Native::new(image, config), image.bytes())?;
//! # Ok::<(), aingle_wasm_host_embedded::Error>(())
//! ```
#![deny(unsafe_code)]

#[cfg(feature = "ota")]
mod choice;
mod config;
mod error;
mod instance;
mod limits;
mod load;
#[allow(unsafe_code)]
mod raw;
#[cfg(feature = "ota")]
mod signed;

pub use aingle_wasm_image::{Core, FloatAbi, Image, ImageError, Stack, Target};
#[cfg(feature = "ota")]
pub use choice::{Choice, Fallback, NotNative};
pub use config::NativeConfig;
pub use instance::{NativeFunction, NativeInstance};
pub use load::Native;
pub use raw::NativeImage;
#[cfg(feature = "ota")]
pub use raw::TrustedSigners;
#[cfg(feature = "ota")]
pub use signed::SignedImageError;
