//! The example guest: it sums up a day of a weather station.
//!
//! Built once for `wasm32v1-none`, the same bytes run on a server and in a microcontroller.
//! Its types are in a crate of their own, `weather_types`, which hosts use too.
#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

use aingle_wasm_guest::prelude::*;
use alloc::vec::Vec;
use weather_types::{BadBatch, Summary, UnknownSensor};

host_externs! {
    /// What to add to the readings of a sensor, in degrees.
    fn read_offset(sensor: u8) -> Result<f32, UnknownSensor>;
}

// Takes the corrected readings as they are, and answers with how many bytes it has.
host_externs!(archive);

/// Sums up a batch of readings.
#[export]
pub fn summarize(_station: &str, readings: &[f32]) -> Result<Summary, BadBatch> {
    let Some(&first) = readings.first() else {
        log(Level::Warn, "a batch without readings");
        return Err(BadBatch::Empty);
    };
    let (mut min, mut max, mut sum) = (first, first, 0.0);
    for (index, &reading) in readings.iter().enumerate() {
        if !reading.is_finite() {
            return Err(BadBatch::NotFinite { index: index as u32 });
        }
        min = min.min(reading);
        max = max.max(reading);
        sum += reading;
    }
    let count = readings.len() as u32;
    Ok(Summary { count, min, mean: sum / count as f32, max })
}

/// Corrects a batch by the offset that the host knows for the sensor, has the host archive it, and
/// returns how many bytes the archive holds.
#[export]
pub fn correct(sensor: u8, readings: &[f32]) -> Result<u32, BadBatch> {
    let offset = read_offset(sensor).map_err(|_| BadBatch::Host)?.map_err(BadBatch::Sensor)?;
    let mut corrected = Vec::with_capacity(size_of_val(readings));
    for reading in readings {
        corrected.extend_from_slice(&(reading + offset).to_le_bytes());
    }
    let held = host_call(archive, &corrected).map_err(|_| BadBatch::Host)?;
    let held = *held.as_array().ok_or(BadBatch::Host)?;
    Ok(u32::from_le_bytes(held))
}

/// Returns its bytes.
#[export(raw)]
pub fn echo(bytes: &[u8]) -> &[u8] {
    bytes
}
