#![cfg_attr(any(target_family = "wasm", target_os = "none"), no_std)]

use @crate@_types::Empty;
use aingle_wasm_guest::prelude::*;

/// Returns the mean of some readings.
#[export]
fn mean(readings: &[f32]) -> Result<f32, Empty> {
    if readings.is_empty() {
        return Err(Empty { expected: 1 });
    }
    Ok(readings.iter().sum::<f32>() / readings.len() as f32)
}
