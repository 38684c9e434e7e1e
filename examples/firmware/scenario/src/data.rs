//! A year of hourly temperatures in Seattle.

use core::ops::Deref;

/// Tenths of a degree Fahrenheit, as the file has them.
const TENTHS: &[i16] = &include!(concat!(env!("OUT_DIR"), "/temperatures.rs"));

/// The most readings in a batch.
const DAY: usize = 24;

/// A day's readings, in degrees Celsius. The year's last day has one less.
pub fn days() -> impl Iterator<Item = Day> {
    TENTHS.chunks(DAY).map(|tenths| {
        let mut celsius = [0.0; DAY];
        for (celsius, tenths) in celsius.iter_mut().zip(tenths) {
            *celsius = (f32::from(*tenths) / 10.0 - 32.0) / 1.8;
        }
        Day { celsius, len: tenths.len() }
    })
}

/// The readings of one day.
pub struct Day {
    celsius: [f32; DAY],
    len: usize,
}

impl Deref for Day {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.celsius[..self.len]
    }
}
