#![no_std]
#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

#[cfg(feature = "std")]
extern crate std;

mod apply;
mod error;
mod header;
#[cfg(feature = "std")]
mod make;
mod model;
mod old;
mod range;

pub use apply::Applier;
pub use error::ApplyError;
#[cfg(feature = "std")]
pub use error::MakeError;
pub use header::{Header, MAGIC, VERSION};
#[cfg(feature = "std")]
pub use make::make;
pub use old::{ReadOld, TooShort};
