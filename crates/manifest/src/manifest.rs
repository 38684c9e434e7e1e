//! A blob: header, signature and payload.

use crate::error::ParseError;
use crate::fields::{Fields, Header};
use crate::kind::Version;
use crate::signature::SIGNATURE_LEN;
use crate::{older, v3};

/// What a manifest of any version begins with.
pub const MAGIC: &[u8; 4] = b"SMNY";

/// Longest header of any version with its signature, in bytes. A prefix of this length is always enough to parse.
pub const MAX_HEADER_LEN: usize = v3::FIELDS_AT + v3::MAX_FIELDS + SIGNATURE_LEN;

/// A manifest that was parsed, and not verified: everything in it may be a lie until a
/// [`Verifier`](crate::Verifier) has accepted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manifest<'a> {
    version: Version,
    fields: Fields<'a>,
    signed: &'a [u8],
    signature: Option<&'a [u8; SIGNATURE_LEN]>,
    demands_signature: bool,
    rollback_protected: bool,
}

impl<'a> Manifest<'a> {
    /// Reads the header of a blob.
    ///
    /// `prefix` are the first bytes of the blob: [`MAX_HEADER_LEN`] of them, or all if there are fewer. `total_len` is
    /// the length of the whole blob, which has to be exactly that of header, signature and payload: padding goes
    /// outside. In versions 1 and 2 it decides whether there is a signature.
    ///
    /// # Errors
    /// [`ParseError`], with what was expected and what was found.
    #[inline(never)]
    pub fn parse(prefix: &'a [u8], total_len: u32) -> Result<Self, ParseError> {
        // What is behind the blob is not part of it.
        let len = prefix.len().min(usize::try_from(total_len).unwrap_or(usize::MAX));
        let prefix = &prefix[..len];
        if prefix.first_chunk() != Some(MAGIC) {
            return Err(ParseError::NotManifest { found: prefix.first_chunk().copied().unwrap_or_default() });
        }
        let header = match prefix.get(4) {
            Some(1) => older::v1(prefix)?,
            Some(2) => older::v2(prefix)?,
            Some(3) => v3::header(prefix)?,
            Some(found) => return Err(ParseError::Version { found: *found }),
            None => return Err(ParseError::TooShort { needed: 5, found: 4 }),
        };
        Self::of(&header, prefix, total_len)
    }

    fn of(header: &Header<'a>, prefix: &'a [u8], total_len: u32) -> Result<Self, ParseError> {
        let is_signed = is_signed(header, total_len)?;
        let too_short = |needed| ParseError::TooShort { needed, found: prefix.len() as u32 };
        let (signed, rest) = prefix
            .split_at_checked(header.signed_len as usize)
            .ok_or_else(|| too_short(header.signed_len))?;
        let signature = match rest.first_chunk() {
            _ if !is_signed => None,
            Some(signature) => Some(signature),
            None => return Err(too_short(header.signed_len + SIGNATURE_LEN as u32)),
        };
        Ok(Self {
            version: header.version,
            fields: header.fields,
            signed,
            signature,
            demands_signature: header.demands_signature,
            rollback_protected: header.rollback_protected,
        })
    }

    /// Returns the version of the format.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Returns what the manifest says.
    #[must_use]
    pub fn fields(&self) -> &Fields<'a> {
        &self.fields
    }

    /// Returns the signature, if there is one.
    #[must_use]
    pub fn signature(&self) -> Option<&'a [u8; SIGNATURE_LEN]> {
        self.signature
    }

    /// Returns the bytes before the signature. They are signed after [`DOMAIN`](crate::DOMAIN) in version 3, and
    /// before the payload in versions 1 and 2.
    #[must_use]
    pub fn signed_bytes(&self) -> &'a [u8] {
        self.signed
    }

    /// Returns whether the blob itself asks for a signature. A device does not rely on it: see
    /// [`Policy`](crate::Policy).
    #[must_use]
    pub fn demands_signature(&self) -> bool {
        self.demands_signature
    }

    /// Returns whether the blob asks for its sequence to be compared. A device compares it in any case.
    #[must_use]
    pub fn rollback_protected(&self) -> bool {
        self.rollback_protected
    }

    /// Returns where the payload begins, in bytes from the beginning of the blob.
    #[must_use]
    pub fn payload_offset(&self) -> u32 {
        self.signed.len() as u32 + if self.signature.is_some() { SIGNATURE_LEN as u32 } else { 0 }
    }

    /// Returns the length of the whole blob.
    #[must_use]
    pub fn total_len(&self) -> u32 {
        self.payload_offset() + self.fields.payload_len
    }
}

/// Decides by the length of the blob if it has a signature, or checks the length against the flag of version 3.
fn is_signed(header: &Header<'_>, total_len: u32) -> Result<bool, ParseError> {
    let unsigned = u64::from(header.signed_len) + u64::from(header.fields.payload_len);
    let signed = unsigned + SIGNATURE_LEN as u64;
    let is_signed = u64::from(total_len) == signed;
    let (fits, expected) = match header.version {
        Version::V1 | Version::V2 => (is_signed || u64::from(total_len) == unsigned, unsigned),
        Version::V3 if header.demands_signature => (is_signed, signed),
        Version::V3 => (u64::from(total_len) == unsigned, unsigned),
    };
    let expected = u32::try_from(expected).unwrap_or(u32::MAX);
    if fits { Ok(is_signed) } else { Err(ParseError::Length { expected, found: total_len }) }
}
