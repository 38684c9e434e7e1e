//! What the guests of the benchmarks do, the same in each, and what their hosts send them.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "prototype")]
pub mod prototype;
#[cfg(feature = "sample")]
mod sample;

#[cfg(feature = "sample")]
pub use sample::{SAMPLE, Sample};

/// The sum of little-endian 64-bit words, and of the bytes behind the last whole one.
#[must_use]
pub fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks();
    let words = words.iter().fold(0_u64, |sum, word| sum.wrapping_add(u64::from_le_bytes(*word)));
    rest.iter().fold(words, |sum, byte| sum.wrapping_add(u64::from(*byte)))
}

/// The mean of readings; zero of none.
#[must_use]
pub fn mean(readings: &[f32]) -> f32 {
    readings.iter().sum::<f32>() / readings.len().max(1) as f32
}

/// A reading, corrected.
#[must_use]
pub fn correct(celsius: f32) -> f32 {
    celsius + 0.5
}

/// How many readings a batch has.
pub const READINGS: usize = 1000;

/// A batch of readings.
#[must_use]
pub fn readings() -> [f32; READINGS] {
    core::array::from_fn(|at| 10.0 + (at % 97) as f32 / 8.0)
}

/// How many bytes a host function is sent and answers with.
pub const MESSAGE: usize = 64;

/// The fuel of an echo of a message by the small guest with limits, not the first: on a server, and on a board with
/// each engine.
pub const ECHO_FUEL: u64 = 735;

/// A budget that is too little for that guest's first echo.
pub const LITTLE_FUEL: u64 = 500;

/// What it has used of it when it is stopped.
pub const LITTLE_FUEL_USED: u64 = 530;

/// How many times a guest calls the host when it is called once.
pub const HOST_CALLS: u32 = 1000;

/// The sizes of the payloads that are echoed and summed, by name.
pub const SIZES: [(&str, usize); 6] =
    [("0", 0), ("64", 64), ("1k", 1 << 10), ("64k", 64 << 10), ("1m", 1 << 20), ("16m", 16 << 20)];

/// The bytes of a payload.
pub fn payload(len: usize) -> impl Iterator<Item = u8> {
    (0..len as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
}
