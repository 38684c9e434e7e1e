//! Why the text of a type was refused.

use std::fmt;

/// Why the text of a type was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TypeError {
    /// Where, in bytes from the beginning of the text.
    pub offset: usize,
    /// Why.
    pub kind: TypeErrorKind,
}

/// Why the text of a type was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeErrorKind {
    /// The text is longer than a description can hold.
    TooLong {
        /// The limit, in bytes.
        limit: usize,
        /// The text's length, in bytes.
        found: usize,
    },
    /// Types are nested too deeply.
    TooDeep {
        /// The limit, in levels.
        limit: usize,
    },
    /// No type of the ABI has this name. A description has no names of types, so no type can name itself.
    UnknownType {
        /// The name, shortened.
        name: String,
    },
    /// Two fields, or two variants, have one name.
    DuplicateName {
        /// The name, shortened.
        name: String,
    },
    /// Something else was expected.
    Unexpected {
        /// What was expected, in words or as text.
        expected: &'static str,
        /// The character that is there; `None` at the end of the text.
        found: Option<char>,
    },
}

impl fmt::Display for TypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, kind } = self;
        match kind {
            TypeErrorKind::TooLong { limit, found } => {
                write!(f, "the text of a type is too long: limit {limit} bytes, found {found}")
            }
            TypeErrorKind::TooDeep { limit } => {
                write!(f, "types are nested too deeply at byte {offset}: limit {limit} levels")
            }
            TypeErrorKind::UnknownType { name } => write!(f, "unknown type `{name}` at byte {offset}"),
            TypeErrorKind::DuplicateName { name } => write!(f, "second `{name}` at byte {offset}"),
            TypeErrorKind::Unexpected { expected, found: Some(found) } => {
                write!(f, "expected {expected} at byte {offset}, found `{}`", found.escape_default())
            }
            TypeErrorKind::Unexpected { expected, found: None } => {
                write!(f, "expected {expected} at byte {offset}, found the end")
            }
        }
    }
}

impl std::error::Error for TypeError {}
