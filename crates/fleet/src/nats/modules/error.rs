//! Errors of modules in a store.

use crate::nats::wire::ModuleName;
use aingle_wasm_manifest::{Kind, Refusal};
use std::fmt;

/// Why a module cannot be stored, or cannot be had from a store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModuleError {
    /// The store has no module of this name.
    NotFound {
        /// The name.
        name: ModuleName,
    },
    /// The policy refuses it, or it is not what its manifest says, or its signature is wrong.
    Refused(Refusal),
    /// It is a delta or a key list, or a native image.
    NoModule {
        /// What it is.
        kind: Kind,
    },
    /// It is longer than the store takes.
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
        /// The length, in bytes.
        found: u64,
    },
    /// What is stored under the name is no entry of such a store.
    Damaged {
        /// The name.
        name: ModuleName,
    },
    /// The broker failed.
    Broker {
        /// What was asked of it.
        doing: &'static str,
        /// Why, in its words.
        why: String,
    },
}

impl From<Refusal> for ModuleError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { name } => write!(f, "the store has no module `{name}`"),
            Self::Refused(refusal) => write!(f, "the module is refused: {refusal}"),
            Self::NoModule { kind: Kind::Module } => f.write_str("it is a native image: a host runs `.wasm`"),
            Self::NoModule { kind } => write!(f, "it is no module but a {kind}"),
            Self::TooLarge { limit, found } => {
                write!(f, "the module is too long: limit {limit} bytes, found {found}")
            }
            Self::Damaged { name } => write!(f, "the entry `{name}` of the store is damaged"),
            Self::Broker { doing, why } => write!(f, "the broker cannot {doing}: {why}"),
        }
    }
}

impl std::error::Error for ModuleError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}
