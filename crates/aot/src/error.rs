//! Why a module was not translated.

use aingle_wasm_image::ImageError;
use aingle_wasm_metering::MeterError;
use std::fmt;

/// Why a module was not translated.
#[derive(Debug)]
#[non_exhaustive]
pub enum AotError {
    /// The bytes are not a valid module.
    Invalid {
        /// Where in the module, in bytes from its beginning.
        offset: u64,
        /// The validator's own words.
        reason: String,
    },
    /// The module is valid, and uses something that is not translated.
    Unsupported {
        /// What it is.
        feature: &'static str,
        /// The index of the function, imports included. `None` if it is outside the functions.
        function: Option<u32>,
        /// Where in the module that is translated, in bytes from its beginning. Limits that were merged in move code.
        offset: u64,
    },
    /// The limits could not be merged in.
    Limits(MeterError),
    /// More memory was asked for than the module has.
    Memory {
        /// What the module has at its start, in bytes.
        expected: u64,
        /// What was asked for, in bytes.
        found: u32,
    },
    /// A segment of data is outside the memory.
    Segment {
        /// Which one, counted from zero.
        index: u32,
        /// The memory, in bytes.
        expected: u32,
        /// Where the segment ends, in bytes.
        found: u64,
    },
    /// A tool of the toolchain could not be run, or failed.
    Tool {
        /// Which tool.
        tool: &'static str,
        /// What it printed, or why it did not run.
        message: String,
    },
    /// The code depends on where it is: it differs between two addresses, or has sections that a loader would have to fill.
    Position {
        /// What was found.
        found: String,
    },
    /// The native stack that the code takes cannot be known.
    Stack {
        /// The function of which it is not known.
        function: String,
    },
    /// The image could not be put together.
    Image(ImageError),
    /// A file could not be read or written.
    File(std::io::Error),
}

impl From<wasmparser::Error> for AotError {
    fn from(error: wasmparser::Error) -> Self {
        Self::Invalid { offset: error.offset(), reason: error.message().to_owned() }
    }
}

impl From<MeterError> for AotError {
    fn from(error: MeterError) -> Self {
        Self::Limits(error)
    }
}

impl From<ImageError> for AotError {
    fn from(error: ImageError) -> Self {
        Self::Image(error)
    }
}

impl From<std::io::Error> for AotError {
    fn from(error: std::io::Error) -> Self {
        Self::File(error)
    }
}

impl fmt::Display for AotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { offset, reason } => write!(f, "invalid module at byte {offset}: {reason}"),
            Self::Unsupported { feature, function: Some(function), offset } => {
                write!(f, "{feature} cannot be translated: function {function}, at byte {offset}")
            }
            Self::Unsupported { feature, function: None, offset } => {
                write!(f, "{feature} cannot be translated: at byte {offset}")
            }
            Self::Limits(error) => error.fmt(f),
            Self::Memory { expected, found } => {
                write!(f, "the module starts with {expected} bytes of memory, found {found} asked for")
            }
            Self::Segment { index, expected, found } => {
                write!(f, "segment {index} of data ends at {found}, the memory has {expected} bytes")
            }
            Self::Tool { tool, message } => write!(f, "{tool}: {message}"),
            Self::Position { found } => write!(f, "the code depends on its address: {found}"),
            Self::Stack { function } => write!(f, "the native stack of `{function}` is not known"),
            Self::Image(error) => error.fmt(f),
            Self::File(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AotError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Limits(error) => Some(error),
            Self::Image(error) => Some(error),
            Self::File(error) => Some(error),
            _ => None,
        }
    }
}
