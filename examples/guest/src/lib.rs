//! The example guest: it sums up a day of a weather station.
//!
//! Built once for `wasm32v1-none`, the same bytes run on a server and in a microcontroller.
//! Hosts use this crate too, for the types of its results.
#![cfg_attr(any(target_family = "wasm", target_os = "none"), no_std)]

extern crate alloc;

use aingle_wasm_guest::prelude::*;
use alloc::vec::Vec;

host_externs! {
    /// What to add to the readings of a sensor, in degrees.
    fn read_offset(sensor: u8) -> Result<f32, UnknownSensor>;
}

// Takes the corrected readings as they are, and answers with how many bytes it has.
host_externs!(archive);

/// The host knows no sensor of this number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Schema)]
pub struct UnknownSensor {
    /// The number.
    pub sensor: u8,
}

/// A day in four numbers, in the unit of its readings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Schema)]
pub struct Summary {
    /// How many readings.
    pub count: u32,
    /// The lowest.
    pub min: f32,
    /// The mean.
    pub mean: f32,
    /// The highest.
    pub max: f32,
}

/// Why a batch of readings was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub enum BadBatch {
    /// There are no readings.
    Empty,
    /// A reading is not a finite number.
    NotFinite {
        /// Which one, counted from zero.
        index: u32,
    },
    /// The sensor is not known.
    Sensor(UnknownSensor),
    /// The host could not be asked.
    Host,
}

/// Sums up a batch of readings.
#[export]
pub fn summarize(_station: &str, readings: &[f32]) -> Result<Summary, BadBatch> {
    let Some((&first, _)) = readings.split_first() else {
        log(Level::Warn, format_args!("a batch without readings"));
        return Err(BadBatch::Empty);
    };
    if let Some(index) = readings.iter().position(|reading| !reading.is_finite()) {
        return Err(BadBatch::NotFinite { index: index as u32 });
    }
    let count = readings.len() as u32;
    let min = readings.iter().copied().fold(first, f32::min);
    let max = readings.iter().copied().fold(first, f32::max);
    let mean = readings.iter().sum::<f32>() / count as f32;
    Ok(Summary { count, min, mean, max })
}

/// Corrects a batch by the offset that the host knows for the sensor, has the host archive it, and
/// returns how many bytes the archive holds.
#[export]
pub fn correct(sensor: u8, readings: &[f32]) -> Result<u32, BadBatch> {
    let offset = read_offset(sensor).map_err(|_| BadBatch::Host)?.map_err(BadBatch::Sensor)?;
    let corrected: Vec<u8> = readings.iter().flat_map(|reading| (reading + offset).to_le_bytes()).collect();
    let held = host_call(archive, &corrected).map_err(|_| BadBatch::Host)?;
    let held = held.try_into().map_err(|_| BadBatch::Host)?;
    Ok(u32::from_le_bytes(held))
}

/// Returns its bytes.
#[export(raw)]
pub fn echo(bytes: &[u8]) -> &[u8] {
    bytes
}
