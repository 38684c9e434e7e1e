//! Kinds of errors in words.

use super::foreign;
use super::kind::HostErrorKind;
use aingle_wasm_codec::text;
use aingle_wasm_host_core::Trap;
use aingle_wasm_types::limits::MAX_MESSAGE;
use aingle_wasm_types::{ErrorCode, NumberType, names};
use std::fmt;

impl fmt::Display for HostErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config { field, reason } => write!(f, "`{field}`: {reason}"),
            Self::Invalid { offset, reason } => write!(f, "invalid module at byte {offset}: {reason}"),
            Self::Unsupported { feature, offset, reason } => {
                write!(f, "the module needs {feature}, which is not enabled, at byte {offset}: {reason}")
            }
            Self::Foreign { foreign, imports, more } => {
                let (imports, advice) = (foreign::in_words(imports, *more), foreign.advice());
                write!(f, "not a guest but {foreign}, which imports {imports}; {advice}")
            }
            Self::PlainImports { imports, more } => {
                let imports = foreign::in_words(imports, *more);
                write!(f, "no such functions of numbers are offered to modules without the ABI: {imports}")
            }
            Self::NotNumbers { name } => {
                write!(f, "`{name}` takes or returns vectors or references: numbers alone can be passed")
            }
            Self::Numbers { expected, found } => {
                write!(f, "expected arguments of the types ({}), found ({})", listed(expected), listed(found))
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
            Self::Module(error) => {
                error.fmt(f)?;
                error.foreign().map_or(Ok(()), |foreign| write!(f, "; {}", foreign.advice()))
            }
            Self::Load(error) => error.fmt(f),
            Self::TableLimit { limit, needed } => {
                write!(f, "table limit too low: limit {limit} elements, the module needs {needed}")
            }
            Self::InstanceLimit { limit, needed } => {
                write!(
                    f,
                    "an instance takes too much beside its memory: limit {limit} bytes (`instance_limit`), estimated \
                     {needed}"
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
            Self::MissingImport { name, wanted, others, more } => {
                write!(f, "host function `{name}` is not registered: the module wants `{wanted}`")?;
                if others.is_empty() {
                    return Ok(());
                }
                write!(f, "; nor are these: {}", foreign::in_words(others, *more))
            }
            Self::ImportSignature { name } => {
                write!(f, "import `{name}` is not a function `(i32, i32) -> i64` of the module `env`")
            }
            Self::Registration { name, reason } => {
                write!(f, "host function `{name}` cannot be registered: {reason}")
            }
            Self::ForeignHandle { name } => write!(f, "the handle of `{name}` belongs to another module"),
            Self::TooLarge { limit, found } => {
                write!(f, "payload too large: limit {limit} bytes (`max_payload`), found {found}")
            }
            Self::GuestOutOfMemory { needed } => {
                write!(f, "the guest has no room for a request of {needed} bytes")
            }
            Self::Value(error) => write!(f, "reply: {error}"),
            Self::Argument { name, position, error } if name.is_empty() => {
                write!(f, "argument {position}: {error}")
            }
            Self::Argument { name, position, error } => {
                write!(f, "argument {position}, `{name}`: {error}")
            }
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
            Self::OutOfMemory { limit, asked } => {
                write!(f, "out of memory (limit {limit} bytes, asked {asked})")
            }
            Self::CallDepth { limit } => Trap::CallDepth { limit: *limit }.fmt(f),
            Self::Cancelled => Trap::Cancelled.fmt(f),
            Self::DeadlineExceeded { limit, elapsed } => {
                write!(f, "deadline exceeded (limit {limit:?}, elapsed {elapsed:?})")
            }
            Self::Trap(trap) => trap.fmt(f),
            Self::HostFunction { message } => write!(f, "host function {message}"),
            Self::HostPanic { message } => write!(f, "a host function panicked: {message}"),
            Self::Poisoned => f.write_str(
                "an earlier call was interrupted; the instance is not to be used again: make another one",
            ),
            Self::PoolExhausted { limit } => write!(f, "all {limit} instances of the pool are taken"),
            Self::Other { reason } => f.write_str(reason),
        }
    }
}

fn listed(types: &[NumberType]) -> String {
    types.iter().map(|ty| ty.name()).collect::<Vec<_>>().join(", ")
}
