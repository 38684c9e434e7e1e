//! Errors of loading a guest and of calling it.

use crate::load_error::LoadError;
use crate::trap::Trap;
use aingle_wasm_codec::{DecodeError, ValueError};
use aingle_wasm_module::ModuleError;
use aingle_wasm_types::description::Kind;
use aingle_wasm_types::limits::MAX_NAME;
use aingle_wasm_types::{ErrorCode, Name, names};
use core::fmt;

/// Why a guest could not be loaded, or a call failed.
///
/// The texts of guest errors and panics stay in the guest's memory.
/// [`Guest::error_body`](crate::Guest::error_body) returns them until the next call.
///
/// On a server the same kinds, under the same names, own their texts: `aingle_wasm_host::HostErrorKind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not a WebAssembly module that can be described.
    Module(ModuleError),
    /// The engine refused the module.
    Load(LoadError),
    /// The guest was built for another version of the ABI.
    AbiVersion {
        /// The newest version that this host speaks.
        expected: u32,
        /// The version that the guest asks for.
        found: u32,
    },
    /// The module exports no such function.
    MissingExport(Name),
    /// The module exports the function with another signature than `(i32, i32) -> i64`, or than the
    /// ABI requires.
    ExportSignature(Name),
    /// The module does not describe the function's types, so no typed handle can be had.
    Undescribed(Name),
    /// The module says that the function takes and returns bytes, so no typed handle can be had.
    Raw(Name),
    /// The function has other types than the handle or the host function.
    Schema {
        /// The function's name.
        name: Name,
        /// The hash of the types on this side.
        expected: u64,
        /// The hash in the module's description.
        found: u64,
    },
    /// The module describes one function twice, with different types. Two parts of the guest disagree, and
    /// no types on this side can be right for both.
    DescribedTwice {
        /// Whether the module exports it or imports it.
        kind: Kind,
        /// The function's name.
        name: Name,
        /// The hash in the first record; 0 for bytes.
        first: u64,
        /// The hash in the first record that differs from it; 0 for bytes.
        second: u64,
    },
    /// The module does not say with which types it calls this import, and the host function is registered
    /// with types.
    UndescribedImport(Name),
    /// The module says that it calls this import with bytes, and the host function is registered with types.
    RawImport(Name),
    /// The module imports a function that is not registered.
    MissingImport(Name),
    /// The module imports from another module than `env`, something other than a function, or a
    /// function with another signature than `(i32, i32) -> i64`.
    ImportSignature(Name),
    /// A host function cannot be registered.
    Registration {
        /// The name that it was to have.
        name: Name,
        /// Why not.
        reason: RegistrationError,
    },
    /// The handle was taken from another module.
    ForeignHandle(Name),
    /// The request or the reply is larger than a limit.
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
        /// The size, in bytes.
        found: u64,
    },
    /// The guest has no room for the request.
    GuestOutOfMemory {
        /// The bytes needed.
        needed: u64,
    },
    /// An argument cannot be written. Where there is no operating system it is a [`Error::Value`], which takes less flash.
    Argument {
        /// Which one; the first is 1.
        position: u32,
        /// What is wrong with it.
        error: ValueError,
    },
    /// The reply is no value of the handle's type, or an argument cannot be written.
    Value(ValueError),
    /// The control block, the request buffer or the reply is outside the guest's memory.
    OutOfBounds {
        /// The address that the guest gave.
        ptr: u32,
        /// The length that it gave.
        len: u32,
        /// The size of its memory, in bytes.
        memory: u64,
    },
    /// The reply's envelope was refused.
    Reply(DecodeError),
    /// The guest returned no reply where one was expected.
    NoReply,
    /// The guest answered with an error.
    Guest {
        /// What kind.
        code: ErrorCode,
        /// The length of its body, in bytes.
        len: u32,
    },
    /// The guest panicked; the message is its error body.
    Panic {
        /// The message's length, in bytes.
        len: u32,
    },
    /// The guest was stopped.
    Trap(Trap),
    /// An earlier call left the guest in the middle of something. Make a new instance.
    Poisoned,
}

/// Why a host function cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RegistrationError {
    /// Another function has the name.
    Taken,
    /// The name belongs to the ABI.
    Reserved,
    /// The name has more bytes than every engine carries.
    TooLong {
        /// The limit, in bytes.
        limit: usize,
        /// The name's length, in bytes.
        found: usize,
    },
    /// The functions are shared by several instances.
    Shared,
    /// The guest has started.
    Started,
}

impl RegistrationError {
    /// Why a name can be no host function's.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let found = name.len();
        if found > MAX_NAME {
            return Some(Self::TooLong { limit: MAX_NAME, found });
        }
        name.starts_with(names::RESERVED_PREFIX).then_some(Self::Reserved)
    }
}

impl fmt::Display for RegistrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => f.write_str("another function has this name"),
            Self::Reserved => {
                write!(f, "names that begin with `{}` belong to the ABI", names::RESERVED_PREFIX)
            }
            Self::TooLong { limit, found } => {
                write!(f, "the name is too long: limit {limit} bytes, found {found}")
            }
            Self::Shared => {
                f.write_str("the instance shares its functions with others: register it with those")
            }
            Self::Started => f.write_str("the guest has started: register it before the first call"),
        }
    }
}

impl core::error::Error for RegistrationError {}

impl Error {
    /// Whether the guest may be called again.
    #[must_use]
    pub const fn instance_usable(&self) -> bool {
        !matches!(
            self,
            Self::Trap(_)
                | Self::Panic { .. }
                | Self::Poisoned
                | Self::OutOfBounds { .. }
                | Self::Reply(_)
                | Self::NoReply
                | Self::Load(_)
                | Self::Module(_)
                | Self::AbiVersion { .. }
        )
    }

    /// Whether the same call may succeed on a fresh instance, or later on this one.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        matches!(self, Self::Poisoned | Self::GuestOutOfMemory { .. } | Self::Load(LoadError::OutOfMemory))
    }
}

impl From<ModuleError> for Error {
    fn from(error: ModuleError) -> Self {
        Self::Module(error)
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        Self::Load(error)
    }
}

impl From<ValueError> for Error {
    fn from(error: ValueError) -> Self {
        Self::Value(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Module(error) => error.fmt(f),
            Self::Load(error) => error.fmt(f),
            Self::AbiVersion { expected, found } => {
                write!(f, "guest of another ABI version: expected {expected}, found {found}")
            }
            Self::MissingExport(name) => write!(f, "the module exports no function `{name}`"),
            Self::ExportSignature(name) => write!(f, "export `{name}` has another signature than the ABI's"),
            Self::Undescribed(name) => {
                write!(f, "the module does not describe the types of `{name}`: call it with `call_raw`")
            }
            Self::Raw(name) => {
                write!(f, "`{name}` is a raw export, which takes and returns bytes: call it with `call_raw`")
            }
            Self::Schema { name, expected, found } => {
                write!(
                    f,
                    "types of `{name}` differ: the host's have the hash {expected:#018x}, the guest's {found:#018x}"
                )
            }
            Self::DescribedTwice { kind, name, first, second } => {
                let verb = if kind == Kind::Export { "exports" } else { "imports" };
                write!(
                    f,
                    "the module {verb} `{name}` with two descriptions that differ: \
                     their hashes are {first:#018x} and {second:#018x}, where 0 is that of bytes"
                )
            }
            Self::UndescribedImport(name) => write!(
                f,
                "the module does not describe the types with which it calls host function `{name}`, which is \
                 registered with types: its section `{}` was stripped, or lost where it was linked, or it never \
                 had one; keep the section, or register the function with `register_raw`",
                names::DESCRIPTION_SECTION
            ),
            Self::RawImport(name) => write!(
                f,
                "the module calls host function `{name}` with bytes, and it is registered with types: declare it \
                 with types in the guest, or register it with `register_raw`"
            ),
            Self::MissingImport(name) => write!(f, "host function `{name}` is imported but not registered"),
            Self::ImportSignature(name) => {
                write!(f, "import `{name}` is not a function `(i32, i32) -> i64` of the module `env`")
            }
            Self::Registration { name, reason } => {
                write!(f, "host function `{name}` cannot be registered: {reason}")
            }
            Self::ForeignHandle(name) => write!(f, "the handle of `{name}` belongs to another module"),
            Self::TooLarge { limit, found } => {
                write!(f, "payload too large: limit {limit} bytes, found {found}")
            }
            Self::GuestOutOfMemory { needed } => {
                write!(f, "the guest has no room for a request of {needed} bytes")
            }
            Self::Argument { position, error } => write!(f, "argument {position}: {error}"),
            Self::Value(error) => error.fmt(f),
            Self::OutOfBounds { ptr, len, memory } => {
                write!(f, "{len} bytes at {ptr:#x} lie outside the guest's memory of {memory} bytes")
            }
            Self::Reply(error) => write!(f, "reply refused: {error}"),
            Self::NoReply => f.write_str("the guest returned no reply"),
            Self::Guest { code, len } => write!(f, "guest error: {code} ({len} bytes)"),
            Self::Panic { len } => write!(f, "guest panicked (message of {len} bytes)"),
            Self::Trap(trap) => trap.fmt(f),
            Self::Poisoned => {
                f.write_str("an earlier call was interrupted; the instance is not to be used again")
            }
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Module(error) => Some(error),
            Self::Load(error) => Some(error),
            Self::Registration { reason, .. } => Some(reason),
            Self::Argument { error, .. } | Self::Value(error) => Some(error),
            Self::Reply(error) => Some(error),
            Self::Trap(trap) => Some(trap),
            _ => None,
        }
    }
}
