//! What can happen, with its facts.

use crate::isolation::CompileProcessError;
use aingle_wasm_codec::{DecodeError, ValueError};
use aingle_wasm_host_core::{Foreign, LoadError, ModuleError, RegistrationError, Trap};
use aingle_wasm_metering::MeterError;
use aingle_wasm_types::{ErrorCode, NumberType};
use std::time::Duration;

/// What happened, with its facts.
///
/// What can happen on a device too has the name of [`host_core::Error`](aingle_wasm_host_core::Error) here, and owns its
/// texts; the limits, which are traps there, are kinds of their own. The other kinds are of a server: its compiler, its pools, modules of strangers.
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
    /// The module needs a feature of WebAssembly that is not enabled.
    Unsupported {
        /// The feature that it needs at this place.
        feature: &'static str,
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
    /// The module is no guest: it was built for another host, or for none.
    Foreign {
        /// What it is.
        foreign: Foreign,
        /// The first few of its imports, each as `module.name`.
        imports: Vec<String>,
        /// How many more imports it has.
        more: usize,
    },
    /// The module speaks no ABI, and imports something else than functions of numbers that are offered to it.
    PlainImports {
        /// The first few of such imports, each as `module.name`.
        imports: Vec<String>,
        /// How many more there are.
        more: usize,
    },
    /// The function takes or returns values that are no numbers: vectors or references.
    NotNumbers {
        /// The name.
        name: String,
    },
    /// The arguments of a function of numbers have other types than its parameters.
    Numbers {
        /// The types of the parameters.
        expected: Vec<NumberType>,
        /// The types of the arguments.
        found: Vec<NumberType>,
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
    /// The module imports functions that are not registered.
    MissingImport {
        /// The name of the first.
        name: String,
        /// It in words, as [`WasmModule::imports`](crate::WasmModule::imports) has it.
        wanted: String,
        /// The next ones in words, at most five.
        others: Vec<String>,
        /// How many more there are.
        more: usize,
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
    /// The reply is no value of the handle's type.
    Value(ValueError),
    /// An argument cannot be written.
    Argument {
        /// The parameter's name in the guest; empty if the module does not tell it.
        name: String,
        /// Which argument; the first is 1.
        position: u32,
        /// What is wrong with it.
        error: ValueError,
    },
    /// The control block, the request buffer or the reply lies outside the guest's memory.
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
    /// The guest ended because an allocation failed.
    OutOfMemory {
        /// The most memory that it may have, in bytes: as the configuration or the module says, whichever is less.
        limit: u64,
        /// The size that it asked for, in bytes.
        asked: u64,
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
    /// A host function of a module that speaks no ABI failed, and the module was stopped.
    HostFunction {
        /// Which, and why.
        message: String,
    },
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
