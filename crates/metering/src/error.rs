//! Why a module was not instrumented.

use std::fmt;

/// Why a module was not instrumented.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeterError {
    /// The bytes are not a valid module of the features that the pass handles: WebAssembly 2.0.
    Invalid {
        /// Where in the module, in bytes from its beginning.
        offset: u64,
        /// The validator's own words.
        reason: String,
    },
    /// The module is valid, and needs a feature of WebAssembly that the pass does not handle.
    Unsupported {
        /// Where in the module, in bytes from its beginning.
        offset: u64,
        /// The validator's own words, which name the feature.
        reason: String,
    },
    /// The module exports or imports a name that the limits use. A module cannot bring its own counters.
    ReservedName {
        /// The name.
        name: String,
    },
    /// The module carries the section of an instrumented module, but not its globals.
    ForgedSection,
    /// The module has been instrumented before. Its charges would be charged again.
    AlreadyMetered,
    /// A price cannot be used.
    Price {
        /// The field of the [`PriceList`](crate::PriceList).
        field: &'static str,
        /// Its value.
        found: u64,
        /// The least value it may have.
        min: u64,
        /// The largest value it may have.
        max: u64,
    },
    /// The module exports no function of this name that takes the arguments and returns at most one number.
    Unbound {
        /// The name.
        name: String,
    },
    /// With the limits in it, the module is beyond what engines take: functions, locals, globals or
    /// the length of a function.
    TooLarge {
        /// The validator's own words.
        reason: String,
    },
}

impl fmt::Display for MeterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { offset, reason } => write!(f, "invalid module at byte {offset}: {reason}"),
            Self::Unsupported { offset, reason } => {
                write!(f, "the module needs a feature that cannot carry limits, at byte {offset}: {reason}")
            }
            Self::ReservedName { name } => write!(f, "the name `{name}` is reserved for limits"),
            Self::ForgedSection => f.write_str("the module carries a section of limits without limits"),
            Self::AlreadyMetered => f.write_str("the module carries limits already"),
            Self::Price { field, found, min, max } => {
                write!(f, "price `{field}` is {found}, and must be between {min} and {max}")
            }
            Self::Unbound { name } => {
                write!(f, "no export `{name}` takes these numbers and returns at most one")
            }
            Self::TooLarge { reason } => write!(f, "there is no room for limits: {reason}"),
        }
    }
}

impl std::error::Error for MeterError {}

impl From<wasmparser::Error> for MeterError {
    fn from(error: wasmparser::Error) -> Self {
        Self::Invalid { offset: error.offset(), reason: error.message().to_owned() }
    }
}

/// What a pass over a module's sections fails with.
impl From<wasm_encoder::reencode::Error<Self>> for MeterError {
    fn from(failure: wasm_encoder::reencode::Error<Self>) -> Self {
        use wasm_encoder::reencode::Error;
        match failure {
            Error::UserError(error) => error,
            Error::ParseError(error) => error.into(),
            other => Self::Invalid { offset: 0, reason: other.to_string() },
        }
    }
}
