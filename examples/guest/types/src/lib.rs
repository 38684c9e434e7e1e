//! The types of the weather guest: what it takes from hosts and returns to them.
#![no_std]

use aingle_wasm_guest::prelude::*;

/// The host knows no sensor of this number.
#[derive(Debug, Clone, Copy, PartialEq, Data)]
pub struct UnknownSensor {
    /// The number.
    pub sensor: u8,
}

/// A day in four numbers, in the unit of its readings.
#[derive(Debug, Clone, Copy, PartialEq, Data)]
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
#[derive(Debug, Clone, PartialEq, Data)]
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
