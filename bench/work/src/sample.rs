//! A small struct.

/// What a sensor read.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "schema", derive(aingle_wasm_codec::Data))]
#[cfg_attr(not(feature = "schema"), derive(serde::Serialize, serde::Deserialize))]
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
