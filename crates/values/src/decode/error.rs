//! Why bytes were not decoded.

use crate::path::{Path, Root, Segment};
use crate::shown;
use aingle_wasm_codec::Cause;
use std::fmt;

/// Why bytes were not decoded, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// The value that was refused.
    pub path: Path,
    /// Where in the payload the refused part begins, in bytes.
    pub offset: usize,
    /// Why.
    pub kind: DecodeErrorKind,
}

/// Why bytes were not decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The bytes are no value of the type.
    Malformed(Cause),
    /// The enum has no variant of this index.
    UnknownVariant {
        /// The number of variants.
        variants: usize,
        /// The index that was found.
        found: u32,
    },
    /// A map has a key twice.
    DuplicateKey {
        /// The key as JSON, shortened.
        key: String,
    },
    /// Bytes are left behind the value.
    TrailingBytes {
        /// How many.
        found: usize,
    },
    /// The sequences and maps have more items than may be read.
    TooManyItems {
        /// The limit, of all of them together.
        limit: u32,
    },
    /// The JSON is longer than it may be.
    TooLarge {
        /// The limit, in bytes.
        limit: u32,
    },
}

impl DecodeError {
    pub(crate) fn new(offset: usize, kind: DecodeErrorKind) -> Self {
        Self { path: Path::default(), offset, kind }
    }

    pub(crate) fn duplicate(offset: usize, key: &str) -> Self {
        Self::new(offset, DecodeErrorKind::DuplicateKey { key: shown::value(key) })
    }

    /// Adds a step in front of the path.
    pub(crate) fn within(mut self, segment: Segment) -> Self {
        self.path.push_outer(segment);
        self
    }

    pub(crate) fn at(mut self, root: Root) -> Self {
        self.path.root = root;
        self
    }

    /// Returns whether the value was refused because of a limit, and not for what it is.
    #[must_use]
    pub const fn is_limit(&self) -> bool {
        matches!(self.kind, DecodeErrorKind::TooManyItems { .. } | DecodeErrorKind::TooLarge { .. })
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, offset, kind } = self;
        write!(f, "{path} at byte {offset}: ")?;
        match kind {
            DecodeErrorKind::Malformed(cause) => write!(f, "the bytes are not a value of this type: {cause}"),
            DecodeErrorKind::UnknownVariant { variants, found } => {
                write!(f, "unknown variant: expected less than {variants}, found {found}")
            }
            DecodeErrorKind::DuplicateKey { key } => write!(f, "the map has the key {key} twice"),
            DecodeErrorKind::TrailingBytes { found } => write!(f, "{found} bytes are left behind the value"),
            DecodeErrorKind::TooManyItems { limit } => write!(f, "too many items: limit {limit}"),
            DecodeErrorKind::TooLarge { limit } => write!(f, "the JSON is too long: limit {limit} bytes"),
        }
    }
}

impl std::error::Error for DecodeError {}
