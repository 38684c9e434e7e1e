//! A small typed function as a guest of the SDK.
#![cfg_attr(target_family = "wasm", no_std)]

use aingle_wasm_guest::prelude::*;

/// Returns the sum, which wraps.
#[export]
pub fn sum(a: i32, b: i32) -> i32 {
    a.wrapping_add(b)
}
