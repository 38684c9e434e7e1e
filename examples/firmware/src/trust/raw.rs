//! The one promise that a firmware without validation makes.
#![allow(unsafe_code)]

use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};

/// wasm3, for the guest that this firmware was built with and for no other.
pub fn wasm3(config: Wasm3Config) -> Wasm3 {
    // SAFETY: the only module here is the one in flash. Before `cargo xtask` builds a firmware that does not
    // validate, it runs exactly these bytes in one that does, with the same limits of wasm3's compiler.
    unsafe { Wasm3::trusting(config) }
}
