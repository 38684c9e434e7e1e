//! Errors of the state area.

use crate::flash::FlashError;
use core::fmt;

/// Errors of the state area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum StateError {
    /// No state is there: the device is new, or its state was erased.
    NotFormatted,
    /// The state is not whole, and no cut of power explains that.
    Damaged {
        /// The bank.
        offset: u32,
    },
    /// No place is left for the sequence of one more module.
    Full {
        /// Id of the module.
        module_id: u32,
        /// How many modules have a place.
        limit: u16,
    },
    /// An operation failed earlier. A new mount settles what is there.
    Unsettled,
    /// The numbers of banks are used up.
    Exhausted {
        /// The last one.
        number: u64,
    },
    /// The flash failed.
    Flash(FlashError),
}

impl From<FlashError> for StateError {
    fn from(error: FlashError) -> Self {
        Self::Flash(error)
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFormatted => write!(f, "the state area is not formatted"),
            Self::Damaged { offset } => write!(f, "the state at {offset:#x} is damaged"),
            Self::Full { module_id, limit } => {
                write!(f, "no place for the sequence of module {module_id} (limit {limit} modules)")
            }
            Self::Unsettled => write!(f, "an earlier write failed: mount the state again"),
            Self::Exhausted { number } => write!(f, "the bank numbers are used up at {number}"),
            Self::Flash(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for StateError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Flash(error) => Some(error),
            _ => None,
        }
    }
}
