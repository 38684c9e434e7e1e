//! A small struct.

use serde::{Deserialize, Serialize};

/// What a sensor read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(postcard_schema::Schema))]
pub struct Sample {
    /// Which sensor.
    pub sensor: u16,
    /// When, in milliseconds.
    pub at: u64,
    /// What it read.
    pub celsius: f32,
    /// Whether the sensor trusts it.
    pub valid: bool,
}

/// The one that is sent.
pub const SAMPLE: Sample = Sample { sensor: 300, at: 1_700_000_000_000, celsius: 21.5, valid: true };

impl Sample {
    /// The same, corrected.
    #[must_use]
    pub fn corrected(self) -> Self {
        Self { celsius: crate::correct(self.celsius), ..self }
    }
}
