//! Errors of a link's own side.

use super::frame::MAX_PAYLOAD;
use core::fmt;

/// Errors of opening a link, and of sending. `E` is the error of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkError<E> {
    /// Both directions have the same key. A reflected frame would be accepted.
    SameKey,
    /// The channel is the one of greetings.
    Channel {
        /// The channel.
        found: u8,
    },
    /// The payload is longer than [`MAX_PAYLOAD`].
    Payload {
        /// Its bytes.
        found: usize,
    },
    /// The last epoch is used up. The link needs new keys.
    Exhausted,
    /// The epochs could not be read or stored. Nothing is sent.
    Store(E),
}

impl<E: fmt::Display> fmt::Display for LinkError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameKey => f.write_str("both directions have the same key"),
            Self::Channel { found } => write!(f, "channel {found} is the one of greetings"),
            Self::Payload { found } => write!(f, "payload of {found} bytes (limit {MAX_PAYLOAD})"),
            Self::Exhausted => f.write_str("the last epoch is used up"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for LinkError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
