//! The format of native images: modules translated ahead of time for a microcontroller.
//!
//! [`Image::parse`] reads an image where it is in flash, and checks all that its header says. Any bytes return an image or an
//! [`ImageError`]. `docs/NATIVE-IMAGES.md` of the project is the specification.
#![no_std]
#![forbid(unsafe_code)]

mod data;
mod error;
pub mod head;
mod image;
mod layout;
mod parts;
mod target;
mod trap;

pub use data::{Data, DataSegments};
pub use error::{ImageError, Part};
pub use image::{Counters, Image, Stack};
pub use layout::{ALIGN, FORMAT_VERSION, HEADER_LEN, MAGIC, PAGE};
pub use parts::Parts;
pub use target::{Core, FloatAbi, Target};
pub use trap::TrapCode;
