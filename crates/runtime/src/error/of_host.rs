//! Errors of the host, as kinds of this crate.

use super::kind::ErrorKind;
use crate::stop::Reason;
use aingle_wasm_host::{HostError, HostErrorKind, LoadError};

impl ErrorKind {
    /// The kind of a call that failed, which may have been told to end.
    pub(crate) fn of_call(error: HostError, told: Option<Reason>) -> Self {
        match (error.kind(), told) {
            (HostErrorKind::Cancelled, Some(Reason::Timeout { limit, elapsed })) => {
                Self::Timeout { limit, elapsed }
            }
            (HostErrorKind::Cancelled, _) => Self::Cancelled,
            _ => Self::of_kind(error),
        }
    }

    /// The kind of a module that was not loaded.
    pub(crate) fn of_load(error: HostError) -> Self {
        match Self::of_kind(error) {
            Self::Call(error) => Self::Load(error),
            other => other,
        }
    }

    fn of_kind(error: HostError) -> Self {
        match error.kind() {
            HostErrorKind::OutOfFuel { limit, used } => Self::OutOfFuel { limit: *limit, used: *used },
            HostErrorKind::OutOfMemory { limit, asked } => Self::OutOfMemory { limit: *limit, asked: *asked },
            HostErrorKind::Load(LoadError::MemoryLimit { limit, needed }) => {
                Self::OutOfMemory { limit: *limit, asked: *needed }
            }
            HostErrorKind::CallDepth { limit } => Self::CallDepth { limit: *limit },
            HostErrorKind::DeadlineExceeded { limit, elapsed } => {
                Self::Timeout { limit: *limit, elapsed: *elapsed }
            }
            HostErrorKind::Cancelled => Self::Cancelled,
            HostErrorKind::Trap(trap) => Self::Trap(*trap),
            HostErrorKind::Panic { message } => Self::Panic { message: message.clone() },
            HostErrorKind::HostFunction { message } => Self::HostFunction { message: message.clone() },
            HostErrorKind::HostPanic { message } => Self::HostPanic { message: message.clone() },
            _ => Self::Call(error),
        }
    }
}
