//! Why a function's description was refused.

use crate::type_error::TypeError;
use std::fmt;

/// Why a function's description was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DescriptionError {
    /// The function is raw: it takes and returns bytes, and no types are described.
    Raw,
    /// The types of the arguments could not be read.
    Arguments(TypeError),
    /// The type of the result could not be read.
    Result(TypeError),
    /// The arguments are described as another type than a tuple.
    NotATuple,
    /// There are names, and not as many as arguments.
    NameCount {
        /// The number of arguments.
        expected: usize,
        /// The number of names.
        found: usize,
    },
    /// Two parameters have one name.
    DuplicateName {
        /// The name.
        name: String,
    },
}

impl fmt::Display for DescriptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raw => f.write_str("the function takes and returns bytes: its types are not described"),
            Self::Arguments(error) => write!(f, "types of the arguments: {error}"),
            Self::Result(error) => write!(f, "type of the result: {error}"),
            Self::NotATuple => f.write_str("the type of the arguments is not a tuple"),
            Self::NameCount { expected, found } => {
                write!(f, "names of the parameters: expected {expected}, found {found}")
            }
            Self::DuplicateName { name } => write!(f, "two parameters have the name `{name}`"),
        }
    }
}

impl std::error::Error for DescriptionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Arguments(error) | Self::Result(error) => Some(error),
            _ => None,
        }
    }
}
