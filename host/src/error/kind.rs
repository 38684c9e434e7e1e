//! What can happen, with its facts.

use crate::CompileProcessError;
use crate::module::signature;
use aingle_wasm_codec::{DecodeError, ValueError, text};
use aingle_wasm_host_core::{LoadError, Module, ModuleError, RegistrationError, Trap};
use aingle_wasm_metering::MeterError;
use aingle_wasm_types::description::Kind;
use aingle_wasm_types::limits::MAX_MESSAGE;
use aingle_wasm_types::{ErrorCode, names};
use std::fmt;
use std::time::Duration;

/// What happened, with its facts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostErrorKind {
    /// A field of the configuration asks for what cannot be done.
    Config {
        /// The field.
        field: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// The bytes are not a valid module.
    Invalid {
        /// Where in the module, in bytes from its beginning.
        offset: u64,
        /// The validator's words.
        reason: String,
    },
    /// The module uses a feature of WebAssembly that is not enabled.
    Unsupported {
        /// Where in the module, in bytes from its beginning.
        offset: u64,
        /// The validator's words.
        reason: String,
    },
    /// The module has more of something than [`ModuleLimits`](crate::ModuleLimits) allow.
    ModuleLimit {
        /// The field of the limits.
        field: &'static str,
        /// The limit.
        limit: u64,
        /// What was counted when the limit was passed: the module may have more.
        found: u64,
        /// The function in which it was found, imported ones counted; `None` outside functions.
        function: Option<u32>,
        /// Where in the module, in bytes from its beginning.
        offset: u64,
    },
    /// The module exports a name that belongs to the host.
    ReservedExport {
        /// The name.
        name: String,
    },
    /// Limits cannot be put into the module, or it carries some already.
    Limits(MeterError),
    /// The compiler failed on a valid module.
    Compiler {
        /// Its words.
        reason: String,
    },
    /// The process in which the module was to be compiled did not compile it.
    CompileProcess(CompileProcessError),
    /// The module's structure or its description is damaged.
    Module(ModuleError),
    /// The module was refused by the engine.
    Load(LoadError),
    /// The module's tables have more elements than the limit.
    TableLimit {
        /// The limit of each of the module's tables, in elements.
        limit: u64,
        /// What the module needs at least.
        needed: u64,
    },
    /// An instance of the module takes more memory beside the guest's than
    /// [`instance_limit`](crate::EngineConfig::instance_limit).
    InstanceLimit {
        /// The limit, in bytes.
        limit: u64,
        /// What an instance takes, in bytes, as estimated from what the module declares.
        needed: u64,
    },
    /// The module was compiled by another engine, whose limits may differ.
    ForeignModule,
    /// The guest was built for another version of the ABI.
    AbiVersion {
        /// The newest version that this host speaks.
        expected: u32,
        /// The version that the guest asks for.
        found: u32,
    },
    /// The module exports no such function.
    MissingExport {
        /// The name.
        name: String,
    },
    /// The module exports the function with another signature than the ABI's.
    ExportSignature {
        /// The name.
        name: String,
    },
    /// The module does not describe the function's types, so no typed handle can be had.
    Undescribed {
        /// The name.
        name: String,
    },
    /// The module says that the function takes and returns bytes, so no typed handle can be had.
    Raw {
        /// The name.
        name: String,
    },
    /// The types on both sides differ.
    Schema {
        /// The function's name.
        name: String,
        /// The types on this side.
        expected: String,
        /// The types in the module's description.
        found: String,
    },
    /// The module describes one function twice, with different types. Two parts of the guest disagree, and
    /// no types on this side can be right for both.
    DescribedTwice {
        /// The function's name.
        name: String,
        /// The function in words, as the first description has it.
        first: String,
        /// The same of the first description that differs from it.
        second: String,
    },
    /// The module does not say with which types it calls this import, and the host function is registered
    /// with types.
    UndescribedImport {
        /// The host function's name.
        name: String,
        /// The types with which it is registered.
        registered: String,
    },
    /// The module says that it calls this import with bytes, and the host function is registered with types.
    RawImport {
        /// The host function's name.
        name: String,
    },
    /// The module imports a function that is not registered.
    MissingImport {
        /// The name.
        name: String,
        /// The function in words, as [`WasmModule::imports`](crate::WasmModule::imports) has it.
        wanted: String,
    },
    /// An import is not a function `(i32, i32) -> i64` of the module `env`.
    ImportSignature {
        /// The name.
        name: String,
    },
    /// A host function cannot be registered.
    Registration {
        /// The name that it was to have.
        name: String,
        /// Why not.
        reason: RegistrationError,
    },
    /// The handle was taken from another module.
    ForeignHandle {
        /// The function's name.
        name: String,
    },
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
    /// The arguments cannot be written, or the reply is no value of the handle's type.
    Value(ValueError),
    /// The mailbox, the window or the reply lies outside the guest's memory.
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
    /// The guest returned nothing where a reply was expected.
    NoReply,
    /// The guest answered with an error.
    Guest {
        /// What kind.
        code: ErrorCode,
        /// What it says; [`ErrorCode`] tells how to read it.
        body: Vec<u8>,
    },
    /// The guest panicked.
    Panic {
        /// Its message and where it happened.
        message: String,
    },
    /// The call used up its fuel.
    OutOfFuel {
        /// The budget of the call.
        limit: u64,
        /// What was used when it stopped.
        used: u64,
    },
    /// Calls were nested more deeply than the limit.
    CallDepth {
        /// The limit, in the units of `docs/METERING.md`.
        limit: u32,
    },
    /// The instance was cancelled, by a [`CancelHandle`](crate::CancelHandle).
    Cancelled,
    /// The call went beyond its deadline.
    DeadlineExceeded {
        /// The deadline, counted from the beginning of the call.
        limit: Duration,
        /// How long the call had run when it was found to be late.
        elapsed: Duration,
    },
    /// The guest was stopped.
    Trap(Trap),
    /// A host function panicked, and the guest was stopped.
    HostPanic {
        /// The panic's message.
        message: String,
    },
    /// An earlier call left the guest in the middle of something; make a new one.
    Poisoned,
    /// All instances of the pool are taken.
    PoolExhausted {
        /// How many there are.
        limit: usize,
    },
    /// Something that this version does not know.
    Other {
        /// In words.
        reason: String,
    },
}

impl HostErrorKind {
    pub(crate) fn retryable(&self) -> bool {
        matches!(self, Self::PoolExhausted { .. } | Self::Load(LoadError::OutOfMemory))
    }

    /// Whether a compilation was paid for that would fail again.
    pub(crate) fn cost_a_compilation(&self) -> bool {
        match self {
            Self::Compiler { .. } => true,
            Self::CompileProcess(error) => error.is_of_the_module(),
            _ => false,
        }
    }

    /// A host function that is not registered, and what `module` says of it.
    pub(crate) fn missing_import(name: &str, module: Option<Module<'_>>) -> Self {
        let wanted = module.map_or_else(|| name.into(), |module| signature(module, Kind::Import, name));
        Self::MissingImport { name: name.into(), wanted }
    }

    /// From the shared protocol's error; `body` is what the guest said with it.
    pub(crate) fn from_core(error: aingle_wasm_host_core::Error, body: &[u8]) -> Self {
        use aingle_wasm_host_core::Error;
        match error {
            Error::Module(error) => Self::Module(error),
            Error::Load(error) => Self::Load(error),
            Error::AbiVersion { expected, found } => Self::AbiVersion { expected, found },
            Error::MissingExport(name) => Self::MissingExport { name: name.to_string() },
            Error::ExportSignature(name) => Self::ExportSignature { name: name.to_string() },
            Error::Undescribed(name) => Self::Undescribed { name: name.to_string() },
            Error::Raw(name) => Self::Raw { name: name.to_string() },
            Error::Schema { name, expected, found } => Self::Schema {
                name: name.to_string(),
                expected: format!("hash {expected:#018x}"),
                found: format!("hash {found:#018x}"),
            },
            Error::DescribedTwice { name, first, second, .. } => Self::DescribedTwice {
                name: name.to_string(),
                first: format!("hash {first:#018x}"),
                second: format!("hash {second:#018x}"),
            },
            Error::UndescribedImport(name) => {
                Self::UndescribedImport { name: name.to_string(), registered: "other types".into() }
            }
            Error::RawImport(name) => Self::RawImport { name: name.to_string() },
            Error::MissingImport(name) => Self::missing_import(name.as_str(), None),
            Error::ImportSignature(name) => Self::ImportSignature { name: name.to_string() },
            Error::Registration { name, reason } => Self::Registration { name: name.to_string(), reason },
            Error::ForeignHandle(name) => Self::ForeignHandle { name: name.to_string() },
            Error::TooLarge { limit, found } => Self::TooLarge { limit, found },
            Error::GuestOutOfMemory { needed } => Self::GuestOutOfMemory { needed },
            Error::Value(error) => Self::Value(error),
            Error::OutOfBounds { ptr, len, memory } => Self::OutOfBounds { ptr, len, memory },
            Error::Reply(error) => Self::Reply(error),
            Error::NoReply => Self::NoReply,
            Error::Guest { code: code @ (ErrorCode::Application | ErrorCode::ApplicationTyped), .. } => {
                Self::Guest { code, body: body.to_vec() }
            }
            // The others are texts.
            Error::Guest { code, .. } if body.len() > MAX_MESSAGE => {
                Self::Guest { code, body: text::shown(body, MAX_MESSAGE).into_owned().into_bytes() }
            }
            Error::Guest { code, .. } => Self::Guest { code, body: body.to_vec() },
            Error::Panic { .. } => Self::Panic { message: text::shown(body, MAX_MESSAGE).into_owned() },
            Error::Trap(Trap::OutOfFuel { limit, used }) => Self::OutOfFuel { limit, used },
            Error::Trap(Trap::CallDepth { limit }) => Self::CallDepth { limit },
            Error::Trap(Trap::Cancelled) => Self::Cancelled,
            Error::Trap(Trap::Deadline { limit, elapsed }) => Self::DeadlineExceeded {
                limit: Duration::from_micros(limit),
                elapsed: Duration::from_micros(elapsed),
            },
            Error::Trap(trap) => Self::Trap(trap),
            Error::Poisoned => Self::Poisoned,
            other => Self::Other { reason: other.to_string() },
        }
    }
}

impl HostErrorKind {
    /// Cuts texts that may come from a module or a host function's panic: they are at most some 16 KiB each. A guest's
    /// panic was cut before it became text.
    pub(crate) fn shorten(&mut self) {
        match self {
            Self::Schema { expected, found, name } => {
                for text in [expected, found, name] {
                    text::shorten(text, MAX_MESSAGE);
                }
            }
            Self::MissingImport { name, wanted } => {
                for text in [name, wanted] {
                    text::shorten(text, MAX_MESSAGE);
                }
            }
            Self::Invalid { reason: text, .. }
            | Self::Unsupported { reason: text, .. }
            | Self::Compiler { reason: text }
            | Self::Other { reason: text }
            | Self::ReservedExport { name: text }
            | Self::MissingExport { name: text }
            | Self::ExportSignature { name: text }
            | Self::Undescribed { name: text }
            | Self::Raw { name: text }
            | Self::ImportSignature { name: text }
            | Self::Registration { name: text, .. }
            | Self::ForeignHandle { name: text }
            | Self::HostPanic { message: text } => text::shorten(text, MAX_MESSAGE),
            _ => {}
        }
    }
}

impl From<CompileProcessError> for HostErrorKind {
    fn from(error: CompileProcessError) -> Self {
        Self::CompileProcess(error)
    }
}

impl From<LoadError> for HostErrorKind {
    fn from(error: LoadError) -> Self {
        Self::Load(error)
    }
}

impl fmt::Display for HostErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config { field, reason } => write!(f, "`{field}`: {reason}"),
            Self::Invalid { offset, reason } => write!(f, "invalid module at byte {offset}: {reason}"),
            Self::Unsupported { offset, reason } => {
                write!(f, "feature not enabled, at byte {offset}: {reason}")
            }
            Self::ModuleLimit { field, limit, found, function, offset } => {
                write!(f, "module beyond the limit `{field}` at byte {offset}")?;
                function.map_or(Ok(()), |function| write!(f, " in function {function}"))?;
                write!(f, ": limit {limit}, found {found}")
            }
            Self::ReservedExport { name } => write!(f, "the export name `{name}` belongs to the host"),
            Self::Limits(error) => error.fmt(f),
            Self::Compiler { reason } => write!(f, "the compiler failed: {reason}"),
            Self::CompileProcess(error) => error.fmt(f),
            Self::Module(error) => error.fmt(f),
            Self::Load(error) => error.fmt(f),
            Self::TableLimit { limit, needed } => {
                write!(f, "table limit too low: limit {limit} elements, the module needs {needed}")
            }
            Self::InstanceLimit { limit, needed } => {
                write!(
                    f,
                    "an instance takes too much beside its memory: limit {limit} bytes, estimated {needed}"
                )
            }
            Self::ForeignModule => f.write_str("the module was compiled by another engine"),
            Self::AbiVersion { expected, found } => {
                write!(f, "guest of another ABI version: expected at most {expected}, found {found}")
            }
            Self::MissingExport { name } => write!(f, "the module exports no function `{name}`"),
            Self::ExportSignature { name } => {
                write!(f, "export `{name}` has another signature than the ABI's")
            }
            Self::Undescribed { name } => {
                write!(f, "the module does not describe the types of `{name}`: call it with `call_raw`")
            }
            Self::Raw { name } => {
                write!(f, "`{name}` is a raw export, which takes and returns bytes: call it with `call_raw`")
            }
            Self::Schema { name, expected, found } => {
                write!(f, "types of `{name}` differ: the host has {expected}, the guest has {found}")
            }
            Self::DescribedTwice { name, first, second } => write!(
                f,
                "the module describes `{name}` twice, as `{first}` and as `{second}`: two parts of the guest \
                 disagree, so that no types are right for both"
            ),
            Self::UndescribedImport { name, registered } => write!(
                f,
                "the module does not describe the types with which it calls host function `{name}`, which is \
                 registered as {registered}: its section `{}` was stripped, or lost where it was linked, or it never \
                 had one; keep the section, or register the function with `register_raw`",
                names::DESCRIPTION_SECTION
            ),
            Self::RawImport { name } => {
                write!(
                    f,
                    "the module calls host function `{name}` with bytes, and it is registered with types: declare it \
                     with types in the guest, or register it with `register_raw`"
                )
            }
            Self::MissingImport { name, wanted } => {
                write!(f, "host function `{name}` is not registered: the module wants `{wanted}`")
            }
            Self::ImportSignature { name } => {
                write!(f, "import `{name}` is not a function `(i32, i32) -> i64` of the module `env`")
            }
            Self::Registration { name, reason } => {
                write!(f, "host function `{name}` cannot be registered: {reason}")
            }
            Self::ForeignHandle { name } => write!(f, "the handle of `{name}` belongs to another module"),
            Self::TooLarge { limit, found } => {
                write!(f, "payload too large: limit {limit} bytes, found {found}")
            }
            Self::GuestOutOfMemory { needed } => {
                write!(f, "the guest has no room for a request of {needed} bytes")
            }
            Self::Value(error) => error.fmt(f),
            Self::OutOfBounds { ptr, len, memory } => {
                write!(f, "{len} bytes at {ptr:#x} lie outside the guest's memory of {memory} bytes")
            }
            Self::Reply(error) => write!(f, "reply refused: {error}"),
            Self::NoReply => f.write_str("the guest returned no reply"),
            Self::Guest { code: ErrorCode::ApplicationTyped, body } => {
                write!(f, "{} of {} bytes", ErrorCode::ApplicationTyped, body.len())
            }
            Self::Guest { code, body } => write!(f, "{code}: {}", text::shown(body, MAX_MESSAGE)),
            Self::Panic { message } => write!(f, "guest panicked: {message}"),
            Self::OutOfFuel { limit, used } => write!(f, "out of fuel (limit {limit}, used {used})"),
            Self::CallDepth { limit } => Trap::CallDepth { limit: *limit }.fmt(f),
            Self::Cancelled => Trap::Cancelled.fmt(f),
            Self::DeadlineExceeded { limit, elapsed } => {
                write!(f, "deadline exceeded (limit {limit:?}, elapsed {elapsed:?})")
            }
            Self::Trap(trap) => trap.fmt(f),
            Self::HostPanic { message } => write!(f, "a host function panicked: {message}"),
            Self::Poisoned => {
                f.write_str("an earlier call was interrupted; the instance is not to be used again")
            }
            Self::PoolExhausted { limit } => write!(f, "all {limit} instances of the pool are taken"),
            Self::Other { reason } => f.write_str(reason),
        }
    }
}
