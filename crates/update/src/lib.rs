//! Modules over the air.
#![no_std]
#![forbid(unsafe_code)]

mod crc;
mod device;
mod error;
mod flash;
mod layout;
mod report;
mod source;
mod state;
mod updater;

pub use device::Device;
pub use error::UpdateError;
pub use flash::{FlashError, FlashErrorKind, MAX_WRITE_SIZE};
pub use layout::{Area, Layout, LayoutError, Part, StateArea};
pub use report::{Outcome, Report};
pub use source::{FlashSource, ModuleSource, SourceError};
pub use state::{
    Content, Control, HighWater, KeptKey, Log, MAX_KEYS, MAX_MODULES, Phase, Slot, State, StateError,
    Transfer, Trial,
};
pub use updater::{Finished, Started, Updater};
