#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod app;
mod modules;

pub use app::app;
