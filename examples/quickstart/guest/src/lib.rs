#![cfg_attr(any(target_family = "wasm", target_os = "none"), no_std)]

use aingle_wasm_guest::prelude::*;
use drift_types::{BadBatch, SensorError};

host_externs! {
    /// Degrees Celsius, from the host's sensor of this number.
    fn read_sensor(id: u8) -> Result<f32, SensorError>;
}

/// How far the sensor is now from the mean of what it said before.
#[export]
fn drift(id: u8, readings: &[f32]) -> Result<f32, BadBatch> {
    if readings.is_empty() {
        return Err(BadBatch::Empty);
    }
    let mean = readings.iter().sum::<f32>() / readings.len() as f32;
    let now = read_sensor(id).map_err(|_| BadBatch::NoHost)?.map_err(BadBatch::Sensor)?;
    Ok(now - mean)
}
