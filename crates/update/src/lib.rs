#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

mod area;
mod crc;
mod device;
mod error;
mod flash;
mod layout;
mod ram;
mod report;
mod source;
mod state;
mod transfer;
mod updater;

pub use area::{Area, LayoutError, Part};
pub use device::Device;
pub use error::UpdateError;
pub use flash::{FlashError, FlashErrorKind, MAX_WRITE_SIZE};
pub use layout::Layout;
pub use ram::{RamFlash, RamFlashError};
pub use report::{Outcome, Report};
pub use source::{FlashSource, ModuleSource, SourceError};
pub use state::{
    Content, Control, HighWater, Log, MAX_KEYS, MAX_MODULES, Phase, Slot, State, StateArea, StateError,
    Transfer, Trial,
};
pub use transfer::{
    Answer, Event, MAX_CHUNK, MAX_FRAME, Next, PROTOCOL_VERSION, Progress, Receiver, SendError, Sender, Sink,
    Stage, Timing,
};
pub use updater::{Finished, Started, Updater};
