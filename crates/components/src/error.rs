//! Why a function was not called, or was stopped.

use crate::unfit::Refused;
use aingle_wasm_wasi::Error;
use std::fmt;

/// Why a function of a component was not called, or was stopped.
#[derive(Debug)]
pub enum CallError {
    /// The function takes or returns what is no value. Nothing of the component has run.
    Uncallable(
        /// Which, and why.
        Refused,
    ),
    /// There is no such function, the arguments are others, or the call was stopped.
    Run(
        /// Why, with what was used.
        Error,
    ),
}

impl<E: Into<Error>> From<E> for CallError {
    fn from(error: E) -> Self {
        Self::Run(error.into())
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uncallable(refused) => refused.fmt(f),
            Self::Run(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Uncallable(_) => None,
            Self::Run(error) => error.source(),
        }
    }
}
