//! Why an envelope or a value was refused.

use crate::checksum::Checksum;
use aingle_wasm_types::{HeaderError, Version};
use core::fmt;

/// Why an envelope was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum DecodeError {
    /// The header is wrong, or does not fit the bytes behind it.
    Header(HeaderError),
    /// The checksum does not belong to the bytes.
    Checksum {
        /// The checksum in the header.
        expected: u32,
        /// The checksum of the bytes that arrived.
        found: u32,
    },
    /// The envelope has a weaker checksum than its origin asks for.
    WeakChecksum {
        /// The weakest checksum that is accepted from there.
        expected: Checksum,
        /// The checksum of the envelope.
        found: Checksum,
    },
    /// An LZ4 payload declares more than the limit, or more than its length can hold.
    DecodedTooLarge {
        /// The largest decoded size accepted, in bytes.
        limit: usize,
        /// The size that the payload declares.
        declared: usize,
    },
    /// The LZ4 payload is no LZ4 block of the declared size.
    Lz4,
    /// The payload is encrypted, and there is no key.
    NoKey,
    /// The key, the encrypted payload, the header, or what the envelope is bound to is not the one it was encrypted with.
    DecryptionFailed,
    /// The payload is not encrypted, and only encrypted ones are accepted.
    NotEncrypted,
    /// The encrypted payload begins with another byte than one that comes from there.
    EncryptedForm {
        /// The byte of what is taken there: 1 a request, 2 a notification, 3 a reply.
        expected: u8,
        /// The byte that is there. One without a meaning may be the first of a payload of the older form.
        found: u8,
    },
    /// The reply to this request was opened before.
    Answered,
    /// There is no memory for the decoded payload.
    OutOfMemory {
        /// How many bytes it takes.
        needed: usize,
    },
    /// A flag that this build has no code for, or that has no meaning where the envelope came from.
    UnsupportedFlags {
        /// The flag byte.
        found: u8,
        /// The flags that are not taken there.
        refused: u8,
    },
    /// A reply in another version than its request.
    OtherVersion {
        /// The request's version.
        expected: Version,
        /// The reply's.
        found: Version,
    },
    /// An error envelope whose payload is no error.
    ErrorPayload,
}

impl From<HeaderError> for DecodeError {
    fn from(error: HeaderError) -> Self {
        Self::Header(error)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Header(error) => error.fmt(f),
            Self::Checksum { expected, found } => {
                write!(f, "checksum differs: expected {expected:#010x}, found {found:#010x}")
            }
            Self::WeakChecksum { expected, found } => {
                write!(f, "checksum too weak: expected {expected}, found {found}")
            }
            Self::DecodedTooLarge { limit, declared } => {
                write!(f, "LZ4 payload too large: limit {limit} bytes, declared {declared}")
            }
            Self::Lz4 => f.write_str("the payload is not an LZ4 block of the size it declares"),
            Self::NoKey => f.write_str("the payload is encrypted and there is no key"),
            Self::DecryptionFailed => {
                f.write_str("the payload does not open under this key, function and direction")
            }
            Self::NotEncrypted => {
                f.write_str("the envelope is not encrypted, and only encrypted ones are taken")
            }
            Self::EncryptedForm { expected, found } => {
                write!(f, "encrypted payload of another form: expected {expected}, found {found}")
            }
            Self::Answered => f.write_str("the request was answered before"),
            Self::OutOfMemory { needed } => {
                write!(f, "no memory for a decoded payload of {needed} bytes")
            }
            Self::UnsupportedFlags { found, refused } => {
                write!(f, "envelope flags not supported here: refused {refused:#04x}, found {found:#04x}")
            }
            Self::OtherVersion { expected, found } => {
                let (expected, found) = (expected as u8, found as u8);
                write!(f, "reply in another envelope version: expected {expected}, found {found}")
            }
            Self::ErrorPayload => f.write_str("error envelope without an error code"),
        }
    }
}

impl core::error::Error for DecodeError {}

/// Why an envelope could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EncodeError {
    /// The buffer is too small.
    BufferTooSmall {
        /// The bytes needed.
        needed: usize,
        /// The bytes that are there.
        found: usize,
    },
    /// The payload is longer than the header's length field can say.
    TooLong {
        /// The payload's length, in bytes.
        found: usize,
    },
    /// The function's name is longer than names are.
    NameTooLong {
        /// The longest name, in bytes.
        limit: usize,
        /// The name's length, in bytes.
        found: usize,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::BufferTooSmall { needed, found } => {
                write!(f, "buffer too small: needed {needed} bytes, found {found}")
            }
            Self::TooLong { found } => write!(f, "payload too long for an envelope: {found} bytes"),
            Self::NameTooLong { limit, found } => {
                write!(f, "function name too long: limit {limit} bytes, found {found}")
            }
        }
    }
}

impl core::error::Error for EncodeError {}

/// Why a typed value could not be written or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ValueError {
    /// The buffer is too small for the value.
    BufferTooSmall,
    /// The bytes are no value of this type.
    Malformed(Cause),
    /// The value cannot be written: [`Cause::Refused`] by its `Serialize`, or [`Cause::UnknownLength`].
    Unwritable(Cause),
    /// Bytes are left behind the value.
    TrailingBytes {
        /// How many.
        found: usize,
    },
    /// The sequences and maps of the value have more items than may be read.
    TooManyItems {
        /// The limit, of all of them together.
        limit: u32,
    },
    /// The value takes more memory than it may when it is read.
    DecodedTooLarge {
        /// The limit, in bytes.
        limit: u32,
    },
    /// The value is nested more deeply than may be read.
    TooDeep {
        /// The limit, in levels.
        limit: u32,
    },
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Cause {
    /// The bytes end before the value does.
    End,
    /// An integer or a length is longer than its type.
    Integer,
    /// A `bool` or the mark of an `Option` is neither 0 nor 1.
    Mark,
    /// A text or a `char` is not UTF-8, or a `char` is not one character.
    Text,
    /// The type's own `Serialize` or `Deserialize` refused it, as for a variant that an enum does not have.
    Refused,
    /// A sequence or a map does not know its length before it is written.
    UnknownLength,
}

impl Cause {
    fn of(error: postcard::Error) -> Self {
        use postcard::Error;
        match error {
            Error::DeserializeUnexpectedEnd => Self::End,
            Error::DeserializeBadVarint => Self::Integer,
            Error::DeserializeBadBool | Error::DeserializeBadOption => Self::Mark,
            Error::DeserializeBadChar | Error::DeserializeBadUtf8 => Self::Text,
            Error::SerializeSeqLengthUnknown => Self::UnknownLength,
            _ => Self::Refused,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::End => "they end too early",
            Self::Integer => "an integer is too long",
            Self::Mark => "a mark is neither 0 nor 1",
            Self::Text => "a text is not UTF-8",
            Self::Refused => "the type refuses it",
            Self::UnknownLength => "a sequence or a map has no known length",
        })
    }
}

impl ValueError {
    /// Whether the value was refused because of a limit, and not for what it is.
    #[must_use]
    pub const fn is_limit(&self) -> bool {
        matches!(self, Self::TooManyItems { .. } | Self::DecodedTooLarge { .. } | Self::TooDeep { .. })
    }
}

impl ValueError {
    /// Why a value was not written.
    pub(crate) fn of_writing(error: postcard::Error) -> Self {
        match error {
            postcard::Error::SerializeBufferFull => Self::BufferTooSmall,
            error => Self::Unwritable(Cause::of(error)),
        }
    }
}

impl From<postcard::Error> for ValueError {
    fn from(error: postcard::Error) -> Self {
        match error {
            postcard::Error::SerializeBufferFull => Self::BufferTooSmall,
            error => Self::Malformed(Cause::of(error)),
        }
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BufferTooSmall => f.write_str("buffer too small for the value"),
            Self::Malformed(cause) => write!(f, "the bytes are not a value of this type: {cause}"),
            Self::Unwritable(cause) => write!(f, "the value cannot be written: {cause}"),
            Self::TrailingBytes { found } => write!(f, "{found} bytes are left behind the value"),
            Self::TooManyItems { limit } => write!(f, "too many items: limit {limit}"),
            Self::DecodedTooLarge { limit } => {
                write!(f, "the value takes too much memory: limit {limit} bytes")
            }
            Self::TooDeep { limit } => write!(f, "the value is nested too deeply: limit {limit} levels"),
        }
    }
}

impl core::error::Error for ValueError {}
