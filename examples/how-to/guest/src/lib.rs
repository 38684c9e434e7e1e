#![cfg_attr(any(target_family = "wasm", target_os = "none"), no_std)]

extern crate alloc;

use aingle_wasm_guest::prelude::*;
use alloc::vec::Vec;

host_externs! {
    /// Returns degrees Celsius from the host's sensor of this number.
    fn read_sensor(id: u8) -> Result<f32, SensorError>;

    /// Tells the host how much of the work is done. It has no reply.
    #[notify]
    fn progress(done: u32, of: u32);
}

// A host function on bytes.
host_externs!(archive);

#[derive(Debug, Clone, PartialEq, Data)]
pub struct SensorError {
    pub id: u8,
}

#[derive(Debug, Clone, PartialEq, Data)]
pub enum BadBatch {
    Empty,
    Sensor(SensorError),
    Host,
}

/// Returns how far the sensor is from the mean of earlier readings.
#[export]
pub fn drift(id: u8, readings: &[f32]) -> Result<f32, BadBatch> {
    if readings.is_empty() {
        log(Level::Warn, "a batch without readings");
        return Err(BadBatch::Empty);
    }
    progress(0, 1).map_err(|_| BadBatch::Host)?;
    let mean = readings.iter().sum::<f32>() / readings.len() as f32;
    // The outer error says that the host call failed. The inner error comes from the host function.
    let now = read_sensor(id).map_err(|_| BadBatch::Host)?.map_err(BadBatch::Sensor)?;
    Ok(now - mean)
}

/// Panics if `count` is 0.
#[export]
pub fn mean(total: u32, count: u32) -> u32 {
    total / count
}

/// Has the host archive some bytes, and returns what the host answers.
#[export(raw)]
pub fn store(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    host_call(archive, bytes).map_err(|_| "the host could not archive it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_batch_is_refused() {
        assert_eq!(drift(3, &[]), Err(BadBatch::Empty));
    }

    #[test]
    fn there_is_no_host_in_a_native_test() {
        assert_eq!(drift(3, &[20.0]), Err(BadBatch::Host));
    }
}
