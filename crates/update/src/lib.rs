//! Modules over the air.
#![no_std]
#![forbid(unsafe_code)]

mod crc;
mod flash;
mod layout;
mod report;
mod state;

pub use flash::{FlashError, FlashErrorKind, MAX_WRITE_SIZE};
pub use layout::{Area, Layout, LayoutError, Part, StateArea};
pub use report::{Outcome, Report};
pub use state::{
    Content, Control, HighWater, KeptKey, Log, MAX_KEYS, MAX_MODULES, Phase, Slot, State, StateError,
    Transfer, Trial,
};
