//! The boot state on flash: a log in two banks that survives a cut of power inside any write and any erase.

mod area;
mod bank;
mod cell;
pub(crate) mod control;
mod error;
mod kept;
mod log;
mod record;

pub use area::StateArea;
pub use control::{Content, Control, Phase, Slot, Transfer, Trial};
pub use error::StateError;
pub use kept::{HighWater, MAX_KEYS, MAX_MODULES, State};
pub use log::Log;
