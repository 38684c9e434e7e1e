//! Why bytes are no manifest.

use core::fmt;

/// Why bytes are no manifest, or no key list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ParseError {
    /// The bytes do not begin with `SMNY`.
    NotManifest {
        /// What they begin with, or zeros if there are fewer.
        found: [u8; 4],
    },
    /// The version is none of 1, 2 and 3.
    Version {
        /// The version.
        found: u8,
    },
    /// The blob ends within the header, or the given prefix does.
    TooShort {
        /// Bytes that are needed at least.
        needed: u32,
        /// Bytes that there are.
        found: u32,
    },
    /// The length of the blob is not that of header, signature and payload.
    Length {
        /// The length without a signature in versions 1 and 2, and the exact one in version 3.
        expected: u32,
        /// The length.
        found: u32,
    },
    /// A flag is set that the version does not have.
    Flags {
        /// The byte of flags.
        found: u8,
        /// The flags that there are.
        known: u8,
    },
    /// The fields are longer than allowed.
    FieldsTooLong {
        /// Bytes allowed.
        limit: u16,
        /// Bytes that the header names.
        found: u16,
    },
    /// The fields are not in the one CBOR form that is accepted.
    Encoding {
        /// Where, in bytes from the first of the fields.
        offset: u16,
    },
    /// A key is not greater than the one before it.
    Order {
        /// The key.
        key: u32,
    },
    /// A field has a key that is not known, and below 128.
    UnknownField {
        /// The key.
        key: u32,
    },
    /// A field is missing.
    MissingField {
        /// Its key.
        key: u32,
    },
    /// A field is present that this kind of manifest does not have.
    UnexpectedField {
        /// Its key.
        key: u32,
    },
    /// The value of a field has the wrong type, length or range.
    FieldValue {
        /// Its key.
        key: u32,
    },
    /// The name of the entry point is not UTF-8.
    Entry,
    /// A key list has more keys than a device keeps.
    TooManyKeys {
        /// Keys allowed.
        limit: u16,
        /// Keys in the list.
        found: u16,
    },
    /// A key is listed twice.
    RepeatedKey,
    /// A key list does not have the sequence of its manifest.
    ListSequence {
        /// The manifest's.
        expected: u32,
        /// The list's.
        found: u32,
    },
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotManifest { found } => {
                write!(f, "no manifest: expected `SMNY`, found the bytes")?;
                found.iter().try_for_each(|byte| write!(f, " {byte:02x}"))
            }
            Self::Version { found } => write!(f, "manifest version {found}, expected 1, 2 or 3"),
            Self::TooShort { needed, found } => write!(f, "too short: needs {needed} bytes, found {found}"),
            Self::Length { expected, found } => {
                write!(f, "wrong length: the header describes {expected} bytes, found {found}")
            }
            Self::Flags { found, known } => {
                write!(f, "unknown flags: found {found:#04x}, known {known:#04x}")
            }
            Self::FieldsTooLong { limit, found } => {
                write!(f, "fields too long: {found} bytes, limit {limit}")
            }
            Self::Encoding { offset } => {
                write!(f, "fields not in deterministic CBOR at byte {offset} of the fields")
            }
            Self::Order { key } => write!(f, "field {key} is repeated or out of order"),
            Self::UnknownField { key } => write!(f, "unknown field {key}"),
            Self::MissingField { key } => write!(f, "field {key} is missing"),
            Self::UnexpectedField { key } => {
                write!(f, "field {key} does not belong to this kind of manifest")
            }
            Self::FieldValue { key } => {
                write!(f, "field {key} has a value of the wrong type, length or range")
            }
            Self::Entry => f.write_str("the name of the entry point is not UTF-8"),
            Self::TooManyKeys { limit, found } => write!(f, "too many keys: {found}, limit {limit}"),
            Self::RepeatedKey => f.write_str("a key is listed twice"),
            Self::ListSequence { expected, found } => {
                write!(f, "the key list has sequence {found}, its manifest {expected}")
            }
        }
    }
}

impl core::error::Error for ParseError {}
