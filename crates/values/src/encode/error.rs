//! Why JSON was not encoded.

use crate::path::{Path, Root, Segment};
use crate::shown::value as short;
use std::fmt;

/// Why JSON was not encoded, and which value was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EncodeError {
    /// The value that was refused, or that is missing.
    pub path: Path,
    /// Why.
    pub kind: EncodeErrorKind,
}

/// Why JSON was not encoded. Types and values are shortened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// The text is not JSON.
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
    },
    /// The value has another form than values of the type.
    Mismatch {
        /// The type, or a form in words.
        expected: String,
        /// The value, as JSON.
        found: String,
    },
    /// The number is beyond the type's range.
    OutOfRange {
        /// The type, with its range if it is an integer.
        expected: String,
        /// The number.
        found: String,
    },
    /// An array has another number of items than the tuple.
    Count {
        /// The number of items of the type.
        expected: usize,
        /// The number that was found.
        found: usize,
    },
    /// A field or an argument is not there.
    Missing,
    /// There are more arguments than parameters. The path names the first that is too many.
    Surplus {
        /// The number of parameters.
        expected: usize,
        /// The number of arguments that was found.
        found: usize,
    },
    /// No field, variant or parameter has this name.
    Unknown {
        /// The name that was found.
        name: String,
        /// The names that there are.
        expected: String,
    },
    /// A field, an argument or a key is there twice.
    Duplicate {
        /// The name or the key.
        name: String,
    },
    /// Arguments are passed by name, and the description has no names.
    Unnamed,
}

impl EncodeError {
    pub(crate) fn new(kind: EncodeErrorKind) -> Self {
        Self { path: Path::default(), kind }
    }

    pub(crate) fn mismatch(expected: &impl ToString, found: &str) -> Self {
        let (expected, found) = (short(&expected.to_string()), short(found));
        Self::new(EncodeErrorKind::Mismatch { expected, found })
    }

    pub(crate) fn out_of_range(expected: &impl ToString, found: &str) -> Self {
        let (expected, found) = (short(&expected.to_string()), short(found));
        Self::new(EncodeErrorKind::OutOfRange { expected, found })
    }

    pub(crate) fn unknown<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Self {
        let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        let expected = if names.is_empty() { "none".to_owned() } else { short(&names.join(", ")) };
        Self::new(EncodeErrorKind::Unknown { name: short(name), expected })
    }

    pub(crate) fn duplicate(name: &str) -> Self {
        Self::new(EncodeErrorKind::Duplicate { name: short(name) })
    }

    /// Adds a step in front of the path.
    pub(crate) fn within(mut self, segment: Segment) -> Self {
        self.path.push_outer(segment);
        self
    }

    pub(crate) fn at(mut self, root: Root) -> Self {
        self.path.root = root;
        self
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, kind } = self;
        match kind {
            EncodeErrorKind::Syntax { line, column } => {
                write!(f, "the text is not JSON: line {line}, column {column}")
            }
            EncodeErrorKind::Mismatch { expected, found } => {
                write!(f, "{path}: expected {expected}, found {found}")
            }
            EncodeErrorKind::OutOfRange { expected, found } => {
                write!(f, "{path}: out of range: expected {expected}, found {found}")
            }
            EncodeErrorKind::Count { expected, found } => {
                write!(f, "{path}: expected {expected} items, found {found}")
            }
            EncodeErrorKind::Missing => write!(f, "{path} is missing"),
            EncodeErrorKind::Surplus { expected, found } => {
                write!(f, "{path} is surplus: expected {expected} arguments, found {found}")
            }
            EncodeErrorKind::Unknown { name, expected } => {
                write!(f, "{path}: unknown name `{name}`, expected one of: {expected}")
            }
            EncodeErrorKind::Duplicate { name } => write!(f, "{path}: `{name}` is there twice"),
            EncodeErrorKind::Unnamed => {
                write!(f, "{path} are passed by name, and the parameters have no names: pass an array")
            }
        }
    }
}

impl std::error::Error for EncodeError {}
