//! The types that travel, as the guest has them. A handle compares them with what the module says of
//! itself, so that a difference between the two is an error when the module is loaded.

use aingle_wasm_codec::Schema;
use serde::{Deserialize, Serialize};

/// The host knows no sensor of this number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Schema)]
pub struct UnknownSensor {
    /// The number.
    pub sensor: u8,
}

/// A day in four numbers.
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
