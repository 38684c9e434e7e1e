//! What went wrong, in words that all engines share.

use aingle_wasm_host::{HostError, HostErrorKind};
use aingle_wasm_host_core::{Error, LoadError, Trap};
use aingle_wasm_types::ErrorCode;

/// What went wrong, without what differs between engines: how much fuel, which byte of the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The guest answered with an error: its code and body.
    Guest(ErrorCode, Vec<u8>),
    /// The guest panicked, with this message.
    Panic(String),
    /// The guest ran out of fuel.
    OutOfFuel,
    /// An allocation of this size failed, and the guest ended.
    OutOfMemory(u64),
    /// Calls were nested too deeply.
    CallDepth,
    /// The guest was stopped.
    Trap(Trap),
    /// The reply does not lie in memory: pointer and length.
    OutOfBounds(u32, u32),
    /// The reply's envelope was refused, with this reason.
    Reply(String),
    /// No reply came.
    NoReply,
    /// An earlier call left the guest in the middle of something.
    Poisoned,
    /// The guest had no room for the request.
    GuestOutOfMemory,
    /// The payload was larger than the limit.
    TooLarge,
    /// The types differ.
    Schema(String),
    /// No such export.
    MissingExport(String),
    /// The export is no entry point.
    ExportSignature(String),
    /// No such host function.
    MissingImport(String),
    /// Another version of the ABI: expected, found.
    AbiVersion(u32, u32),
    /// Not a module, a damaged one, or one that the engine does not run.
    Refused,
    /// Anything else, in words.
    Other(String),
}

impl Failure {
    /// From an embedded engine's error, and what the guest said with it.
    #[must_use]
    pub fn of(error: Error, body: &[u8]) -> Self {
        match error {
            Error::Guest { code, .. } => Self::Guest(code, body.to_vec()),
            Error::Panic { .. } => Self::Panic(String::from_utf8_lossy(body).into_owned()),
            Error::Trap(Trap::OutOfFuel { .. }) => Self::OutOfFuel,
            Error::Trap(Trap::OutOfMemory { asked, .. }) => Self::OutOfMemory(asked),
            Error::Trap(Trap::CallDepth { .. }) => Self::CallDepth,
            Error::Trap(trap) => Self::Trap(trap),
            Error::OutOfBounds { ptr, len, .. } => Self::OutOfBounds(ptr, len),
            Error::Reply(reason) => Self::Reply(reason.to_string()),
            Error::NoReply => Self::NoReply,
            Error::Poisoned => Self::Poisoned,
            Error::GuestOutOfMemory { .. } => Self::GuestOutOfMemory,
            Error::TooLarge { .. } => Self::TooLarge,
            Error::Schema { name, .. } => Self::Schema(name.to_string()),
            Error::MissingExport(name) => Self::MissingExport(name.to_string()),
            Error::ExportSignature(name) => Self::ExportSignature(name.to_string()),
            Error::MissingImport(name) => Self::MissingImport(name.to_string()),
            Error::AbiVersion { expected, found } => Self::AbiVersion(expected, found),
            Error::Module(_) => Self::Refused,
            Error::Load(LoadError::OutOfMemory) => Self::Other(error.to_string()),
            Error::Load(_) => Self::Refused,
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<HostError> for Failure {
    fn from(error: HostError) -> Self {
        Self::from_kind(error.kind())
    }
}

impl Failure {
    /// From the server's error.
    #[must_use]
    pub fn from_kind(kind: &HostErrorKind) -> Self {
        match kind.clone() {
            HostErrorKind::Guest { code, body } => Self::Guest(code, body),
            HostErrorKind::Panic { message } => Self::Panic(message),
            HostErrorKind::OutOfFuel { .. } => Self::OutOfFuel,
            HostErrorKind::OutOfMemory { asked, .. } => Self::OutOfMemory(asked),
            HostErrorKind::CallDepth { .. } => Self::CallDepth,
            HostErrorKind::Trap(trap) => Self::Trap(trap),
            HostErrorKind::OutOfBounds { ptr, len, .. } => Self::OutOfBounds(ptr, len),
            HostErrorKind::Reply(reason) => Self::Reply(reason.to_string()),
            HostErrorKind::NoReply => Self::NoReply,
            HostErrorKind::Poisoned => Self::Poisoned,
            HostErrorKind::GuestOutOfMemory { .. } => Self::GuestOutOfMemory,
            HostErrorKind::TooLarge { .. } => Self::TooLarge,
            HostErrorKind::Schema { name, .. } => Self::Schema(name),
            HostErrorKind::MissingExport { name } => Self::MissingExport(name),
            HostErrorKind::ExportSignature { name } => Self::ExportSignature(name),
            HostErrorKind::MissingImport { name, .. } => Self::MissingImport(name),
            HostErrorKind::AbiVersion { expected, found } => Self::AbiVersion(expected, found),
            HostErrorKind::Module(_)
            | HostErrorKind::Invalid { .. }
            | HostErrorKind::Unsupported { .. }
            | HostErrorKind::Load(_) => Self::Refused,
            _ => Self::Other(kind.to_string()),
        }
    }
}
