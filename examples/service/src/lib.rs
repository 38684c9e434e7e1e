#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod app;
mod modules;
mod traces;

pub use app::app;
pub use traces::{Traces, install};
