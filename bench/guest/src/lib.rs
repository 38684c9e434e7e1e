//! The guest of the benchmarks.
#![cfg_attr(any(target_family = "wasm", target_os = "none"), no_std)]

#[cfg(feature = "server")]
mod by_hand;
#[cfg(feature = "server")]
mod kernels;

use aingle_wasm_bench_work as work;
use aingle_wasm_guest::prelude::*;

host_externs!(reflect);

/// Returns its bytes.
#[export(raw)]
pub fn echo(bytes: &[u8]) -> &[u8] {
    bytes
}

/// Sums its bytes up.
#[export(raw)]
pub fn sum(bytes: &[u8]) -> [u8; 8] {
    work::sum(bytes).to_le_bytes()
}

/// Corrects a sample.
#[export]
pub fn adjust(sample: work::Sample) -> work::Sample {
    sample.corrected()
}

/// The mean of readings.
#[export]
pub fn mean(readings: &[f32]) -> f32 {
    work::mean(readings)
}

/// Calls the host so many times, and returns how many bytes it answered with.
#[export]
pub fn ask(times: u32) -> u32 {
    let message = [7; work::MESSAGE];
    (0..times).map(|_| host_call(reflect, &message).map_or(0, |reply| reply.len() as u32)).sum()
}
