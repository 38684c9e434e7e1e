#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod bits;
mod branch;
mod elf;
mod emit;
mod error;
mod frame;
mod frame_pointer;
mod globals;
mod graph;
mod library;
mod module;
mod prelude;
mod prepare;
#[doc(hidden)]
pub mod program;
mod skeleton;
mod stack;
mod target;
mod text;
mod toolchain;
mod translator;

pub use emit::last_address;
pub use error::AotError;
pub use prepare::Limits;
pub use target::{CHIPS, Chip};
pub use toolchain::Toolchain;
pub use translator::{Translation, Translator};
