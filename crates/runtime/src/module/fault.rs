//! Why an instance was not made, or a call failed.

use crate::error::ErrorKind;
use crate::stop::Reason;
use aingle_wasm_host::{HostError, HostErrorKind};

/// Why an instance was not made, or a call failed.
#[derive(Debug)]
pub(crate) enum Fault {
    Host(HostError),
    #[cfg(feature = "wasi")]
    Wasi {
        error: aingle_wasm_wasi::Error,
        /// What it wrote to standard error.
        stderr: Vec<u8>,
    },
    #[cfg(feature = "wasi")]
    Uncallable(aingle_wasm_components::Refused),
}

impl Fault {
    /// Returns the kind of the error of a call that may have been told to end.
    pub(crate) fn kind(self, told: Option<Reason>) -> ErrorKind {
        match self {
            Self::Host(error) => ErrorKind::of_call(error, told),
            #[cfg(feature = "wasi")]
            Self::Wasi { error, stderr } => ErrorKind::of_wasi_run(error, &stderr, told),
            #[cfg(feature = "wasi")]
            Self::Uncallable(refused) => ErrorKind::Uncallable(refused),
        }
    }

    /// Returns the host's error, if it is one.
    pub(crate) fn of_host(&self) -> Option<&HostErrorKind> {
        match self {
            Self::Host(error) => Some(error.kind()),
            #[cfg(feature = "wasi")]
            Self::Wasi { .. } | Self::Uncallable(_) => None,
        }
    }
}

impl From<HostError> for Fault {
    fn from(error: HostError) -> Self {
        Self::Host(error)
    }
}
