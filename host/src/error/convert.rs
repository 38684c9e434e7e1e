//! Errors of other parts as kinds of this crate's.

use super::foreign;
use super::kind::HostErrorKind;
use crate::isolation::CompileProcessError;
use crate::plain_index::PlainImport;
use crate::words::signature;
use aingle_wasm_codec::text;
use aingle_wasm_host_core::{Foreign, Import, LoadError, Module, Trap};
use aingle_wasm_types::description::Kind;
use aingle_wasm_types::limits::MAX_MESSAGE;
use aingle_wasm_types::{ErrorCode, names};
use std::time::Duration;

/// The longest name of an import that an error keeps, in bytes.
const MAX_IMPORT: usize = 100;

impl HostErrorKind {
    pub(crate) fn retryable(&self) -> bool {
        matches!(self, Self::PoolExhausted { limit: 1.. } | Self::Load(LoadError::OutOfMemory))
    }

    /// Returns the error of another part that this kind holds.
    pub(crate) fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Limits(error) => Some(error),
            Self::CompileProcess(error) => Some(error),
            Self::Module(error) => Some(error),
            Self::Load(error) => Some(error),
            Self::Registration { reason, .. } => Some(reason),
            Self::Argument { error, .. } | Self::Value(error) => Some(error),
            Self::Reply(error) => Some(error),
            Self::Trap(trap) => Some(trap),
            _ => None,
        }
    }

    /// Whether a compilation was paid for that would fail again.
    pub(crate) fn cost_a_compilation(&self) -> bool {
        match self {
            Self::Compiler { .. } => true,
            Self::CompileProcess(error) => error.is_of_the_module(),
            _ => false,
        }
    }

    /// A host function that is not registered, and what `module` says of it and of the others that `registered` does not know.
    pub(crate) fn missing_import(
        name: &str,
        module: Option<Module<'_>>,
        registered: impl Fn(&str) -> bool,
    ) -> Self {
        let Some(module) = module else {
            return Self::MissingImport {
                name: name.into(),
                wanted: name.into(),
                others: Vec::new(),
                more: 0,
            };
        };
        let missing =
            |other: &&str| *other != name && !other.starts_with(names::RESERVED_PREFIX) && !registered(other);
        let imports = module.imports().filter(Import::is_host_function).map(|import| import.name);
        let mut others = imports.filter(missing);
        let listed = others.by_ref().take(foreign::LISTED);
        let listed = listed.map(|other| signature(module, Kind::Import, other)).collect();
        let wanted = signature(module, Kind::Import, name);
        Self::MissingImport { name: name.into(), wanted, others: listed, more: others.count() }
    }

    /// Returns the error of a module that speaks no ABI and imports something that is not offered.
    pub(crate) fn plain_imports<'m>(missing: impl Iterator<Item = &'m PlainImport>) -> Self {
        let (imports, more) = foreign::listed(missing.map(|import| (&*import.module, &*import.name)));
        Self::PlainImports { imports, more }
    }

    /// Returns the error of a module that an instance cannot be made of.
    pub(crate) fn of_module(error: aingle_wasm_host_core::Error, module: Option<Module<'_>>) -> Self {
        use aingle_wasm_host_core::Error;
        let foreign = match (&error, module) {
            (Error::MissingExport(_) | Error::ImportSignature(_), Some(module)) => Foreign::of_module(module),
            _ => None,
        };
        let Some((foreign, module)) = foreign.zip(module) else { return Self::from_core(error, &[]) };
        let imports = module.imports().map(|import| (import.module, import.name));
        let (imports, more) = foreign::listed(imports);
        Self::Foreign { foreign, imports, more }
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
            Error::MissingImport(name) => Self::missing_import(name.as_str(), None, |_| false),
            Error::ImportSignature(name) => Self::ImportSignature { name: name.to_string() },
            Error::Registration { name, reason } => Self::Registration { name: name.to_string(), reason },
            Error::ForeignHandle(name) => Self::ForeignHandle { name: name.to_string() },
            Error::TooLarge { limit, found } => Self::TooLarge { limit, found },
            Error::GuestOutOfMemory { needed } => Self::GuestOutOfMemory { needed },
            Error::Value(error) => Self::Value(error),
            Error::Argument { position, error } => Self::Argument { name: String::new(), position, error },
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
            Error::Trap(Trap::OutOfMemory { limit, asked }) => Self::OutOfMemory { limit, asked },
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
            Self::MissingImport { name, wanted, others, .. } => {
                for text in [name, wanted].into_iter().chain(others) {
                    text::shorten(text, MAX_MESSAGE);
                }
            }
            Self::Foreign { imports, .. } | Self::PlainImports { imports, .. } => {
                for import in imports {
                    text::shorten(import, MAX_IMPORT);
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
            | Self::NotNumbers { name: text }
            | Self::HostFunction { message: text }
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
