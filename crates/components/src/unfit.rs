//! Functions that cannot be called, and why.

use std::fmt;

/// Function of a component that cannot be called with values.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// Its name, with that of its interface.
    pub function: String,
    /// The parameter that does not fit; `None` for the result.
    pub param: Option<String>,
    /// Why.
    pub reason: Unfit,
}

/// Why values of a type cannot be passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfit {
    /// It has a resource, which belongs to one instance.
    Resource,
    /// It has a stream.
    Stream,
    /// It has a future.
    Future,
    /// It has an error context.
    ErrorContext,
    /// It has a type of a proposal that is not offered.
    Proposal,
    /// Its types are nested too deeply.
    TooDeep {
        /// The limit, in levels.
        limit: usize,
    },
    /// The names of all functions together are too long.
    Names {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A list in it has items that take too much memory on the host.
    TooHeavy {
        /// The limit for an item, in bytes.
        limit: usize,
    },
    /// The text of its types is too long.
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { function, param, reason } = self;
        match param {
            None if matches!(reason, Unfit::Names { .. }) => {
                write!(f, "{function} cannot be called: {reason}")
            }
            Some(param) => write!(f, "`{function}` cannot be called: its parameter `{param}` {reason}"),
            None => write!(f, "`{function}` cannot be called: its result {reason}"),
        }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resource => f.write_str("has a resource, and a resource is no value"),
            Self::Stream => f.write_str("has a stream, and a stream is no value"),
            Self::Future => f.write_str("has a future, and a future is no value"),
            Self::ErrorContext => f.write_str("has an error context, which is no value"),
            Self::Proposal => f.write_str("has a type of a proposal that is not offered"),
            Self::TooDeep { limit } => {
                write!(f, "has types that are nested too deeply (limit {limit} levels)")
            }
            Self::Names { limit } => {
                write!(f, "the names of all functions are too long (limit {limit} bytes)")
            }
            Self::TooHeavy { limit } => {
                write!(f, "has a list of items that take too much memory (limit {limit} bytes)")
            }
            Self::TooLong { limit } => {
                write!(f, "has types that are too long in words (limit {limit} bytes)")
            }
        }
    }
}

impl std::error::Error for Refused {}
