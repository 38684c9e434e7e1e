//! A guest to try the service with: it needs no host function.
#![cfg_attr(any(target_family = "wasm", target_os = "none"), no_std)]

extern crate alloc;

use aingle_wasm_guest::prelude::*;
use alloc::vec::Vec;

/// Readings of a station.
#[derive(Debug, Clone, PartialEq, Data)]
pub struct Summary {
    /// How many readings.
    pub count: u64,
    /// The lowest and the highest.
    pub range: (f32, f32),
    /// Their mean.
    pub mean: f32,
}

/// Why there is no summary.
#[derive(Debug, Clone, PartialEq, Data)]
pub enum BadBatch {
    /// There are no readings.
    Empty,
    /// A reading is not a finite number.
    NotFinite {
        /// Which one, counted from zero.
        index: u32,
    },
}

/// How readings are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Data)]
pub enum Order {
    /// The lowest first.
    Rising,
    /// The highest first.
    Falling,
}

/// Sums readings up, those beyond a limit left out.
#[export]
pub fn summarize(readings: &[f32], limit: Option<f32>) -> Result<Summary, BadBatch> {
    if let Some(index) = readings.iter().position(|reading| !reading.is_finite()) {
        return Err(BadBatch::NotFinite { index: index as u32 });
    }
    let kept = readings.iter().copied().filter(|reading| limit.is_none_or(|limit| *reading <= limit));
    let add = |(count, min, max, sum): (u64, f32, f32, f32), reading: f32| {
        (count + 1, min.min(reading), max.max(reading), sum + reading)
    };
    let (count, min, max, sum) = kept.fold((0, f32::INFINITY, f32::NEG_INFINITY, 0.0), add);
    if count == 0 {
        Err(BadBatch::Empty)
    } else {
        Ok(Summary { count, range: (min, max), mean: sum / count as f32 })
    }
}

/// Sorts readings.
#[export]
pub fn sort(readings: &[f32], order: Order) -> Vec<f32> {
    let mut sorted = readings.to_vec();
    sorted.sort_by(f32::total_cmp);
    if order == Order::Falling {
        sorted.reverse();
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_summed_up_and_sorted() {
        let summary = Summary { count: 2, range: (1.0, 2.0), mean: 1.5 };
        assert_eq!(summarize(&[1.0, 9.0, 2.0], Some(5.0)), Ok(summary));
        assert_eq!(summarize(&[9.0], Some(5.0)), Err(BadBatch::Empty));
        assert_eq!(summarize(&[1.0, f32::NAN], None), Err(BadBatch::NotFinite { index: 1 }));
        assert_eq!(sort(&[1.0, 3.0, 2.0], Order::Falling), [3.0, 2.0, 1.0]);
    }
}
