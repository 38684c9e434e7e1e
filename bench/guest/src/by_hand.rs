//! The echo in the older style.

use aingle_wasm_guest::prelude::*;

/// Returns its bytes.
#[unsafe(no_mangle)]
pub extern "C" fn echo_by_hand(ptr: u32, len: u32) -> u64 {
    match host_args(ptr, len) {
        Ok(input) => return_ok(&input),
        Err(_) => return_err(b"no request"),
    }
}
