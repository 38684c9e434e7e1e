//! What can happen, with its facts.

use crate::broken::Break;
use aingle_wasm_host::{ErrorCode, HostError, Trap};
use aingle_wasm_values::{DecodeError, DescriptionError, EncodeError};
use serde_json::Value;
use std::time::Duration;

/// What happened, with its facts.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A field of the configuration asks for what cannot be done.
    Config {
        /// The field.
        field: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// A host function was not registered.
    Registration(HostError),
    /// A grant cannot be given.
    Grant {
        /// The grant, as it was written.
        grant: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A module imports or asked for what it was not granted. If it ran, it was stopped.
    NotGranted {
        /// What it is.
        what: String,
        /// The setting that grants it.
        grant: &'static str,
    },
    /// No module of this name is loaded.
    UnknownModule {
        /// The name.
        name: String,
        /// The names of the modules that are loaded, sorted.
        loaded: Vec<String>,
    },
    /// A module of this name is loaded already. `replace_module` puts another in its place.
    AlreadyLoaded {
        /// The name.
        name: String,
    },
    /// The module exports no function of this name that can be called.
    UnknownFunction {
        /// The name.
        name: String,
        /// The functions that can be called, in words, sorted.
        exports: Vec<String>,
    },
    /// The module does not describe the types of the function, which takes and returns bytes. Call it with `execute_bytes`.
    Bytes {
        /// The function's name.
        name: String,
    },
    /// The function takes and returns numbers, is one of a component, or is a command. Call it with `execute`.
    Numbers {
        /// It in words.
        signature: String,
    },
    /// The module's description of a function cannot be read.
    Description {
        /// The function's name.
        name: String,
        /// Why.
        error: DescriptionError,
    },
    /// The module was not loaded.
    Load(HostError),
    /// The compilation took longer than it may. Its thread goes on until the compiler is done, and its result is dropped.
    CompileTimeout {
        /// The limit.
        limit: Duration,
    },
    /// The module's interface lacks something that the module in its place has. Nothing was changed.
    Interface {
        /// What it lacks.
        breaks: Vec<Break>,
    },
    /// The arguments of a command are no array of texts.
    Texts {
        /// Which of them is no text, from 0; `None` if they are no array.
        at: Option<usize>,
        /// It, as JSON.
        found: String,
    },
    /// A function that is named in [`WasmConfig::texts`](crate::WasmConfig::texts) returns no address of a text. The module is not loaded.
    NoText {
        /// It in words.
        signature: String,
    },
    /// There is no text where a function of [`WasmConfig::texts`](crate::WasmConfig::texts) says.
    Text {
        /// The address that it returned.
        address: u32,
        /// What is wrong.
        reason: &'static str,
    },
    /// An argument does not fit its type. The error has the argument's name, the type and the value.
    Arguments(EncodeError),
    /// The reply is no value of the function's type, or is beyond a limit.
    Result(DecodeError),
    /// As many calls of the module wait as may.
    QueueFull {
        /// The limit.
        limit: usize,
    },
    /// The call waited too long for a place to run. It did not run.
    QueueTimeout {
        /// The limit.
        limit: Duration,
        /// How long it waited.
        waited: Duration,
    },
    /// The call used up its fuel.
    OutOfFuel {
        /// The budget of the call.
        limit: u64,
        /// What was used when it stopped.
        used: u64,
    },
    /// The guest ended because an allocation failed.
    OutOfMemory {
        /// The most memory that it may have, in bytes.
        limit: u64,
        /// The size that it asked for, in bytes.
        asked: u64,
    },
    /// Calls of the guest were nested more deeply than the limit.
    CallDepth {
        /// The limit, in the units of `docs/METERING.md`.
        limit: u32,
    },
    /// The call ran longer than it may.
    Timeout {
        /// The limit.
        limit: Duration,
        /// How long it had run when it was told to end.
        elapsed: Duration,
    },
    /// The call was cancelled by its handle.
    Cancelled,
    /// The guest was stopped.
    Trap(Trap),
    /// The guest panicked.
    Panic {
        /// Its message and where it happened.
        message: String,
    },
    /// A function of module `env` was called with what it cannot use, and the module was stopped.
    HostFunction {
        /// Which, and why.
        message: String,
    },
    /// A host function panicked, and the guest was stopped.
    HostPanic {
        /// The panic's message.
        message: String,
    },
    /// The function returned an error: of its own type, or bytes.
    Guest {
        /// The error as JSON, in the forms of `docs/VALUES.md`.
        value: Value,
        /// Of which kind it is.
        code: ErrorCode,
        /// Its body, as the guest wrote it; of a component, as a guest of the SDK would have written it.
        body: Vec<u8>,
    },
    /// The call failed for another reason: its kind has the facts.
    Call(HostError),
    /// A program of WASI was not loaded, or was stopped, for a reason that has no kind here: its kind has the facts.
    #[cfg(feature = "wasi")]
    Wasi(aingle_wasm_wasi::Error),
    /// A program of WASI was stopped by a trap, or exited where it should have returned, after it wrote to standard error.
    #[cfg(feature = "wasi")]
    WasiStopped {
        /// Why.
        error: aingle_wasm_wasi::Error,
        /// The end of what it wrote, at most 4 KiB: the message of a panic, for example.
        stderr: String,
    },
    /// The component exports the function, and it takes or returns what is no value, such as a resource.
    #[cfg(feature = "wasi")]
    Uncallable(aingle_wasm_components::Refused),
    /// The system gave no thread.
    NoThread {
        /// Its words.
        reason: String,
    },
    /// The future was polled outside of a tokio runtime.
    NoTokio,
}

impl ErrorKind {
    /// Returns whether the same may succeed later: when there is more room, more time or another module.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::QueueFull { .. }
            | Self::QueueTimeout { .. }
            | Self::Timeout { .. }
            | Self::Cancelled
            | Self::NoThread { .. } => true,
            Self::Load(error) | Self::Call(error) => error.retryable(),
            _ => false,
        }
    }

    /// Returns a word for metrics and traces. There are few of them.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Config { .. } | Self::Registration(_) | Self::Grant { .. } | Self::NoText { .. } => {
                "config"
            }
            Self::NotGranted { .. } => "not_granted",
            Self::UnknownModule { .. } | Self::UnknownFunction { .. } => "unknown",
            Self::Bytes { .. } | Self::Numbers { .. } | Self::Texts { .. } => "arguments",
            Self::AlreadyLoaded { .. } => "already_loaded",
            Self::Description { .. } | Self::Load(_) => "load",
            Self::CompileTimeout { .. } => "compile_timeout",
            Self::Interface { .. } => "interface",
            Self::Arguments(_) => "arguments",
            Self::Result(_) | Self::Text { .. } => "result",
            Self::QueueFull { .. } => "queue_full",
            Self::QueueTimeout { .. } => "queue_timeout",
            Self::OutOfFuel { .. } => "out_of_fuel",
            Self::OutOfMemory { .. } => "out_of_memory",
            Self::CallDepth { .. } => "call_depth",
            Self::Timeout { .. } => "timeout",
            Self::Cancelled => "cancelled",
            Self::Trap(_) => "trap",
            Self::Panic { .. } => "panic",
            Self::HostFunction { .. } => "host_function",
            Self::HostPanic { .. } => "host_panic",
            Self::Guest { .. } => "guest",
            #[cfg(feature = "wasi")]
            Self::Uncallable(_) => "unknown",
            #[cfg(feature = "wasi")]
            Self::Wasi(error) | Self::WasiStopped { error, .. } => match error.kind() {
                aingle_wasm_wasi::ErrorKind::Trap { .. } => "trap",
                aingle_wasm_wasi::ErrorKind::StackExhausted { .. } => "call_depth",
                aingle_wasm_wasi::ErrorKind::Exited { .. } => "exited",
                _ => "wasi",
            },
            Self::Call(_) | Self::NoThread { .. } | Self::NoTokio => "other",
        }
    }
}
