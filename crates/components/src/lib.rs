#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod exports;
mod found;
mod lift;
mod lower;
mod room;
mod shape;
mod unfit;

pub use error::CallError;
pub use exports::{Exports, Functions, ReturnedBytes};
pub use unfit::{Refused, Unfit};
