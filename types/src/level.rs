//! How urgent a guest's log line is.

/// How urgent a guest's log line is: the first byte of the payload of
/// [`LOG`](crate::names::LOG).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Level {
    /// Something failed.
    Error = 1,
    /// Something looks wrong.
    Warn = 2,
    /// Something happened.
    Info = 3,
    /// Details for finding a fault.
    Debug = 4,
    /// Everything.
    Trace = 5,
}

impl Level {
    /// Returns the level of this byte, or `None` if there is none.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace]
            .into_iter()
            .find(|level| *level as u8 == byte)
    }
}
