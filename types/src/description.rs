//! The description record: what a module says of one export or import.
//!
//! The custom section [`DESCRIPTION_SECTION`](crate::names::DESCRIPTION_SECTION) is a sequence of
//! records, one after the other:
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 4 | length of the rest of the record |
//! | 4 | 1 | kind: 1 export, 2 import |
//! | 5 | 1 | form: 0 raw bytes, 1 typed |
//! | 6 | 8 | schema hash: FNV-1a (64 bit) of arguments, `->`, result |
//! | 14 | 2 | length of the name |
//! | 16 | 2 | length of the parameter names |
//! | 18 | 2 | length of the arguments' types |
//! | 20 | 2 | length of the result's type |
//! | 22 | … | these four texts, UTF-8 |
//!
//! All numbers are little-endian. Parameter names are separated by commas and are no part of the
//! hash. The grammar of types is in `docs/ABI.md`.

use core::fmt;

/// Bytes before the texts, the length field included.
pub const PREFIX_LEN: usize = 22;

/// The side of the boundary that a function is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Kind {
    /// The module exports it.
    Export = 1,
    /// The module imports it from the host.
    Import = 2,
}

/// How a function's payload is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Form {
    /// Bytes in, bytes out.
    Raw = 0,
    /// Postcard values of the types that the record names.
    Typed = 1,
}

/// One record, borrowed from the module's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Export or import.
    pub kind: Kind,
    /// Raw or typed.
    pub form: Form,
    /// The hash of the types; see [`schema_hash`].
    pub hash: u64,
    /// The symbol's name.
    pub name: &'a str,
    /// The parameters' names, separated by commas.
    pub params: &'a str,
    /// The arguments' types, a tuple.
    pub args: &'a str,
    /// The result's type.
    pub result: &'a str,
}

impl<'a> Record<'a> {
    /// Reads the record at the front of `bytes`, and returns it with the bytes behind it.
    ///
    /// # Errors
    /// [`RecordError`] when the bytes are no record.
    pub fn split_first(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), RecordError> {
        let (len, rest) = bytes.split_first_chunk::<4>().ok_or(RecordError::Truncated)?;
        let len = usize::try_from(u32::from_le_bytes(*len)).map_err(|_| RecordError::Truncated)?;
        let (body, rest) = rest.split_at_checked(len).ok_or(RecordError::Truncated)?;
        Ok((Self::from_body(body)?, rest))
    }

    fn from_body(body: &'a [u8]) -> Result<Self, RecordError> {
        let (fixed, mut texts) =
            body.split_first_chunk::<{ PREFIX_LEN - 4 }>().ok_or(RecordError::Truncated)?;
        let [kind, form, h0, h1, h2, h3, h4, h5, h6, h7, lens @ ..] = *fixed;
        let mut next = |at: usize| {
            let len = usize::from(u16::from_le_bytes([lens[at], lens[at + 1]]));
            let (text, rest) = texts.split_at_checked(len).ok_or(RecordError::Truncated)?;
            texts = rest;
            core::str::from_utf8(text).map_err(|_| RecordError::NotUtf8)
        };
        let (name, params, args, result) = (next(0)?, next(2)?, next(4)?, next(6)?);
        if !texts.is_empty() {
            return Err(RecordError::TrailingBytes { found: texts.len() });
        }
        let kind = match kind {
            1 => Kind::Export,
            2 => Kind::Import,
            found => return Err(RecordError::UnknownKind { found }),
        };
        let form = match form {
            0 => Form::Raw,
            1 => Form::Typed,
            found => return Err(RecordError::UnknownForm { found }),
        };
        let hash = u64::from_le_bytes([h0, h1, h2, h3, h4, h5, h6, h7]);
        if form == Form::Typed && hash != schema_hash(args, result) {
            return Err(RecordError::Hash { expected: schema_hash(args, result), found: hash });
        }
        Ok(Self { kind, form, hash, name, params, args, result })
    }

    /// The record's length when written, in bytes.
    #[must_use]
    pub const fn written_len(&self) -> usize {
        PREFIX_LEN + self.name.len() + self.params.len() + self.args.len() + self.result.len()
    }

    /// Writes the record, in a constant expression where that is wanted.
    ///
    /// # Panics
    /// When `N` is not [`Record::written_len`], or a text is longer than 65,535 bytes. Both are
    /// mistakes of the author of the module, found while it is compiled.
    #[must_use]
    pub const fn write<const N: usize>(&self) -> [u8; N] {
        assert!(N == self.written_len(), "the record has another length");
        let mut out = [0; N];
        let mut at = put(&mut out, 0, &((N - 4) as u32).to_le_bytes());
        at = put(&mut out, at, &[self.kind as u8, self.form as u8]);
        at = put(&mut out, at, &self.hash.to_le_bytes());
        let texts = [self.name, self.params, self.args, self.result];
        let mut i = 0;
        while i < texts.len() {
            assert!(texts[i].len() <= u16::MAX as usize, "the description's text is too long");
            at = put(&mut out, at, &(texts[i].len() as u16).to_le_bytes());
            i += 1;
        }
        i = 0;
        while i < texts.len() {
            at = put(&mut out, at, texts[i].as_bytes());
            i += 1;
        }
        assert!(at == N);
        out
    }
}

const fn put<const N: usize>(out: &mut [u8; N], at: usize, bytes: &[u8]) -> usize {
    let mut i = 0;
    while i < bytes.len() {
        out[at + i] = bytes[i];
        i += 1;
    }
    at + bytes.len()
}

impl fmt::Display for Record<'_> {
    /// `summarize(str, [f32]) -> f32`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.form {
            Form::Raw => write!(f, "{}(bytes) -> bytes", self.name),
            Form::Typed => write!(f, "{}{} -> {}", self.name, self.args, self.result),
        }
    }
}

/// Why a description record was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RecordError {
    /// A length points behind the end.
    Truncated,
    /// A text is not UTF-8.
    NotUtf8,
    /// Bytes are left behind the last text.
    TrailingBytes {
        /// How many.
        found: usize,
    },
    /// Neither an export nor an import.
    UnknownKind {
        /// The kind byte.
        found: u8,
    },
    /// Neither raw nor typed.
    UnknownForm {
        /// The form byte.
        found: u8,
    },
    /// The hash does not belong to the texts.
    Hash {
        /// The hash of the record's texts.
        expected: u64,
        /// The hash field.
        found: u64,
    },
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Truncated => f.write_str("a length points behind the end"),
            Self::NotUtf8 => f.write_str("a text is not UTF-8"),
            Self::TrailingBytes { found } => write!(f, "{found} bytes are left behind the last text"),
            Self::UnknownKind { found } => write!(f, "unknown kind: expected 1 or 2, found {found}"),
            Self::UnknownForm { found } => write!(f, "unknown form: expected 0 or 1, found {found}"),
            Self::Hash { expected, found } => {
                write!(
                    f,
                    "schema hash differs from the types: expected {expected:#018x}, found {found:#018x}"
                )
            }
        }
    }
}

impl core::error::Error for RecordError {}

/// FNV-1a, 64 bit: a hash that a constant expression and any language can compute.
#[must_use]
pub const fn fnv1a(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    hash
}

/// Where [`fnv1a`] begins.
pub const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// The hash of a function's types: arguments, `->`, result.
#[must_use]
pub const fn schema_hash(args: &str, result: &str) -> u64 {
    fnv1a(fnv1a(fnv1a(FNV_OFFSET, args.as_bytes()), b"->"), result.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: Record<'static> = Record {
        kind: Kind::Export,
        form: Form::Typed,
        hash: schema_hash("(str, [f32])", "f32"),
        name: "mean",
        params: "station,readings",
        args: "(str, [f32])",
        result: "f32",
    };
    const BYTES: [u8; RECORD.written_len()] = RECORD.write();

    #[test]
    fn records_read_back_and_follow_each_other() {
        let mut twice = [0; 2 * BYTES.len()];
        twice[..BYTES.len()].copy_from_slice(&BYTES);
        twice[BYTES.len()..].copy_from_slice(&BYTES);
        let (first, rest) = Record::split_first(&twice).unwrap();
        let (second, rest) = Record::split_first(rest).unwrap();
        assert_eq!((first, second), (RECORD, RECORD));
        assert!(rest.is_empty());
    }

    #[test]
    fn every_cut_and_every_flipped_length_is_refused() {
        for len in 0..BYTES.len() {
            assert!(Record::split_first(&BYTES[..len]).is_err());
        }
        for at in 0..PREFIX_LEN {
            let mut bytes = BYTES;
            bytes[at] ^= 0x80;
            assert!(Record::split_first(&bytes).is_err(), "byte {at}");
        }
    }

    #[test]
    fn fnv1a_matches_its_published_vectors() {
        // http://www.isthe.com/chongo/tech/comp/fnv/: "" and "foobar".
        assert_eq!(fnv1a(FNV_OFFSET, b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(FNV_OFFSET, b"foobar"), 0x8594_4171_f739_67e8);
    }
}
