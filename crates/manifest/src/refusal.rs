//! Why a device does not take a module.

use crate::error::ParseError;
use crate::key::{KeyId, Role};
use crate::kind::Version;
use core::fmt;

/// Why a device does not take a blob. Both sides name it by its [code](Refusal::code).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Refusal {
    /// The bytes are no manifest.
    Malformed(ParseError),
    /// The format is older than the device accepts.
    Version {
        /// The oldest version that is accepted.
        least: Version,
        /// The version of the manifest.
        found: Version,
    },
    /// There is no signature, and the device or the manifest asks for one.
    Unsigned,
    /// The device does not have the key that signed.
    UnknownKey {
        /// Its id, or `None` in versions 1 and 2, which do not say it.
        id: Option<KeyId>,
    },
    /// The key that signed is revoked.
    RevokedKey {
        /// Its id.
        id: KeyId,
    },
    /// The key that signed may not sign this.
    KeyRole {
        /// Its id.
        id: KeyId,
        /// The role that it would need.
        expected: Role,
        /// The role that it has.
        found: Role,
    },
    /// The signature is not the key's, or not of these bytes.
    Signature,
    /// The payload does not have the hash that the manifest names.
    PayloadHash,
    /// The payload does not have the length that the manifest names.
    PayloadLength {
        /// The length that the manifest names, in bytes.
        expected: u32,
        /// The bytes that there were, at least.
        found: u32,
    },
    /// The sequence is lower than the device accepts.
    Rollback {
        /// The lowest sequence that is accepted.
        least: u32,
        /// The sequence of the manifest.
        found: u32,
    },
    /// The module is for another class of devices.
    Target,
    /// The device has no engine for the module, or another processor than a native image is for.
    Engine,
    /// The module speaks a version of the ABI that the device does not.
    Abi {
        /// The lowest version that the device speaks.
        least: u32,
        /// The highest version that the device speaks.
        most: u32,
        /// The version of the module.
        found: u32,
    },
    /// The module, or the payload, is longer than the device has room for.
    TooLong {
        /// Bytes that there is room for.
        limit: u32,
        /// Bytes that there are.
        found: u32,
    },
    /// The module needs more linear memory than the device gives.
    Memory {
        /// Bytes that the device gives.
        limit: u32,
        /// Bytes that the module needs.
        found: u32,
    },
    /// The module needs more stack than the device gives.
    Stack {
        /// Bytes that the device gives.
        limit: u32,
        /// Bytes that the module needs.
        found: u32,
    },
    /// A delta begins from another module than the device has.
    Base,
    /// A delta did not make the module that the manifest names.
    ModuleHash,
}

impl Refusal {
    /// Returns the number of the reason. It never changes, and 0 is none.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Malformed(_) => 1,
            Self::Version { .. } => 2,
            Self::Unsigned => 3,
            Self::UnknownKey { .. } => 4,
            Self::RevokedKey { .. } => 5,
            Self::KeyRole { .. } => 6,
            Self::Signature => 7,
            Self::PayloadHash => 8,
            Self::PayloadLength { .. } => 9,
            Self::Rollback { .. } => 10,
            Self::Target => 11,
            Self::Engine => 12,
            Self::Abi { .. } => 13,
            Self::TooLong { .. } => 14,
            Self::Memory { .. } => 15,
            Self::Stack { .. } => 16,
            Self::Base => 17,
            Self::ModuleHash => 18,
        }
    }

    /// Returns the reason of a code in a few words, for the side that has the code alone.
    #[must_use]
    pub fn describe(code: u8) -> Option<&'static str> {
        Some(match code {
            1 => "not a manifest, or a damaged one",
            2 => "manifest version too old",
            3 => "not signed",
            4 => "signed by an unknown key",
            5 => "signed by a revoked key",
            6 => "signed by a key of another role",
            7 => "wrong signature",
            8 => "wrong hash of the payload",
            9 => "wrong length of the payload",
            10 => "sequence too low",
            11 => "for another class of devices",
            12 => "no engine for it",
            13 => "ABI version not supported",
            14 => "too long",
            15 => "needs too much memory",
            16 => "needs too much stack",
            17 => "delta from another module",
            18 => "delta made another module",
            _ => return None,
        })
    }
}

impl From<ParseError> for Refusal {
    fn from(error: ParseError) -> Self {
        Self::Malformed(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Self::describe(self.code()).unwrap_or("refused");
        match *self {
            Self::Malformed(error) => return error.fmt(f),
            Self::UnknownKey { id: None } => return write!(f, "{words}: the format does not name it"),
            _ => f.write_str(words)?,
        }
        match *self {
            Self::Version { least, found } => write!(f, " (least {least}, found {found})"),
            Self::UnknownKey { id: Some(id) } | Self::RevokedKey { id } => write!(f, " ({id})"),
            Self::KeyRole { id, expected, found } => {
                write!(f, " ({id}: expected {expected}, found {found})")
            }
            Self::PayloadLength { expected, found } => write!(f, " (expected {expected}, found {found})"),
            Self::Rollback { least, found } => write!(f, " (least {least}, found {found})"),
            Self::Abi { least, most, found } => write!(f, " (from {least} to {most}, found {found})"),
            Self::TooLong { limit, found } | Self::Memory { limit, found } | Self::Stack { limit, found } => {
                write!(f, " (limit {limit}, found {found})")
            }
            _ => Ok(()),
        }
    }
}

impl core::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Malformed(error) => Some(error),
            _ => None,
        }
    }
}
