//! What the guest may ask of its host.

use crate::report::Tally;
use weather_types::UnknownSensor;

/// The state that the host functions work on.
#[derive(Default)]
pub struct Station {
    /// Everything that the guest had archived.
    archive: Tally,
}

impl Station {
    /// How many sensors there are.
    pub const SENSORS: u8 = 3;

    /// The host function `read_offset`.
    ///
    /// # Errors
    /// [`UnknownSensor`] beyond the last sensor.
    pub fn read_offset(&self, sensor: u8) -> Result<f32, UnknownSensor> {
        if sensor >= Self::SENSORS {
            return Err(UnknownSensor { sensor });
        }
        Ok(f32::from(sensor) * 0.25 - 0.25)
    }

    /// The host function `archive`: takes bytes, and answers with how many there are now.
    pub fn archive(&mut self, bytes: &[u8]) -> [u8; 4] {
        self.archive.add(bytes, None);
        (self.archive.bytes() as u32).to_le_bytes()
    }

    /// What was archived.
    pub fn archived(&self) -> &Tally {
        &self.archive
    }
}
