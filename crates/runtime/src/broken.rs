//! What is broken where a module takes another's place.

use std::fmt;

/// Something that callers of a module use, and that the module in its place has not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Break {
    /// A function is gone.
    Removed {
        /// It in words.
        signature: String,
    },
    /// A function has other types, or other names of parameters.
    Changed {
        /// It in words, as it is.
        from: String,
        /// It in words, as it would be.
        to: String,
    },
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Removed { signature } => write!(f, "`{signature}` is removed"),
            Self::Changed { from, to } => write!(f, "`{from}` is changed to `{to}`"),
        }
    }
}
