//! Why a module is not admitted.

use crate::error::HostErrorKind;
use wasmer::sys::wasmparser::BinaryReaderError;

/// Why the pass ended before the module did.
pub(super) enum Stop {
    /// A figure is beyond its limit.
    Limit(HostErrorKind),
    /// The bytes are no module of these features.
    Invalid(BinaryReaderError),
}

impl From<HostErrorKind> for Stop {
    fn from(limit: HostErrorKind) -> Self {
        Self::Limit(limit)
    }
}

impl From<BinaryReaderError> for Stop {
    fn from(invalid: BinaryReaderError) -> Self {
        Self::Invalid(invalid)
    }
}
