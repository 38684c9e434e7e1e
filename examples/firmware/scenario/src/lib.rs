//! What the examples do with the weather guest: the same calls with the same data on every engine, on
//! a server and in firmware, so that their replies can be compared byte for byte.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod data;
#[cfg(feature = "embedded")]
mod embedded;
mod report;
mod run;
mod station;

#[cfg(feature = "embedded")]
pub use embedded::Embedded;
pub use report::{Report, Tally};
pub use run::{Clock, Failure, Node, run};
pub use station::Station;
pub use weather_types::{BadBatch, Summary, UnknownSensor};
