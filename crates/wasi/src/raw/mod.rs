//! Machine code that was compiled before.

#![allow(unsafe_code, reason = "code that is loaded is code that runs")]

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod copied;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod mapped;
mod store;

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
pub use copied::{CodeMemory, Loader};
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub use mapped::{CodeMemory, Loader};
pub use store::{CodeStore, load};
