//! The envelope: a checked header and a borrowed payload.

use crate::checksum::Checksum;
use crate::error::{DecodeError, EncodeError};
use crate::sum;
use aingle_wasm_types::{ErrorCode, Flags, Header, Version};

/// How an envelope is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The envelope's version. Replies are written in the version of their request.
    pub version: Version,
    /// Its checksum. Version 1 always has a CRC-32.
    pub checksum: Checksum,
}

impl Default for Format {
    fn default() -> Self {
        Self { version: Version::V2, checksum: Checksum::Crc32 }
    }
}

impl Format {
    /// The format of an envelope that was read, for its reply.
    #[must_use]
    pub fn of(header: &Header) -> Self {
        Self { version: header.version, checksum: Checksum::of(header) }
    }

    fn checksum(self) -> Checksum {
        match self.version {
            Version::V1 => Checksum::Crc32,
            Version::V2 => self.checksum,
        }
    }
}

/// An envelope that was checked, borrowed from the bytes it arrived in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'a> {
    header: Header,
    payload: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Checks `bytes`, which must be exactly one envelope.
    ///
    /// `weakest` is the weakest checksum that the bytes' origin allows: anything but [`Checksum::Crc32`] is for memory of
    /// this process.
    ///
    /// # Errors
    /// [`DecodeError::Header`], [`DecodeError::WeakChecksum`] or [`DecodeError::Checksum`].
    #[inline]
    pub fn decode(bytes: &'a [u8], weakest: Checksum) -> Result<Self, DecodeError> {
        let header = Header::from_bytes(bytes)?;
        let payload = bytes.get(Header::LEN..).unwrap_or_default();
        header.check_len(payload.len())?;
        let checksum = Checksum::of(&header);
        if checksum < weakest {
            return Err(DecodeError::WeakChecksum { expected: weakest, found: checksum });
        }
        let found = checksum.compute(&header, payload);
        if found != header.checksum {
            return Err(DecodeError::Checksum { expected: header.checksum, found });
        }
        Ok(Self { header, payload })
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The flags.
    #[must_use]
    pub fn flags(&self) -> Flags {
        self.header.flags
    }

    /// The payload as it travels: still compressed or encrypted where the flags say so.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Refuses every flag of `unsupported`.
    ///
    /// # Errors
    /// [`DecodeError::UnsupportedFlags`] when the envelope carries one of them.
    pub fn refuse(&self, unsupported: Flags) -> Result<(), DecodeError> {
        if self.flags().without(unsupported) == self.flags() {
            return Ok(());
        }
        Err(DecodeError::UnsupportedFlags { found: self.flags().bits(), refused: unsupported.bits() })
    }

    /// Refuses another version: a reply is written in the version of its request.
    ///
    /// # Errors
    /// [`DecodeError::OtherVersion`].
    pub fn expect(&self, expected: Version) -> Result<(), DecodeError> {
        let found = self.header.version;
        if found == expected { Ok(()) } else { Err(DecodeError::OtherVersion { expected, found }) }
    }
}

/// The envelope that a host and its guest commonly send each other: an envelope of version 2 whose checksum is the sum or
/// none, and that has no other flag than [`Flags::EXPECTS_RESPONSE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FastPath<'a> {
    /// The payload.
    pub payload: &'a [u8],
    /// Whether the sender waits for a response.
    pub expects_response: bool,
    /// Its checksum.
    pub checksum: Checksum,
}

impl<'a> FastPath<'a> {
    /// Checks `bytes` as [`Envelope::decode`] does, in much less code. `None` means any other envelope, or no envelope at
    /// all: that function tells which.
    #[must_use]
    #[inline(always)]
    pub fn check(bytes: &'a [u8]) -> Option<Self> {
        let ([covered @ .., c0, c1, c2, c3], payload) = bytes.split_first_chunk::<{ Header::LEN }>()?;
        let (opening, found) = (u64::from_le_bytes(*covered), u32::from_le_bytes([*c0, *c1, *c2, *c3]));
        let payload_len = u32::try_from(payload.len()).ok()?;
        let plain = Header { version: Version::V2, flags: Flags::NONE, payload_len, checksum: found };
        let flag = |flag: Flags| u64::from(flag.bits()) << 24;
        let has = |it: Flags| opening & flag(it) != 0;
        let (sum, trusted) = (has(Flags::SUM), has(Flags::TRUSTED));
        if opening & !flag(Flags::CHECKSUMS.with(Flags::EXPECTS_RESPONSE)) != plain.opening()
            || sum == trusted
        {
            return None;
        }
        let (checksum, expected) =
            if sum { (Checksum::Sum, sum::of(opening, payload)) } else { (Checksum::None, 0) };
        let expects_response = has(Flags::EXPECTS_RESPONSE);
        if found == expected { Some(Self { payload, expects_response, checksum }) } else { None }
    }

    /// The format of its reply.
    #[must_use]
    pub const fn format(&self) -> Format {
        Format { version: Version::V2, checksum: self.checksum }
    }
}

/// Writes the header of an envelope whose payload is in place: `envelope[12..]`.
///
/// # Errors
/// [`EncodeError`] when `envelope` is shorter than a header, or its payload longer than a header
/// can say.
#[inline]
pub fn write_header(envelope: &mut [u8], flags: Flags, format: Format) -> Result<(), EncodeError> {
    let found = envelope.len();
    let Some((head, payload)) = envelope.split_first_chunk_mut::<{ Header::LEN }>() else {
        return Err(EncodeError::BufferTooSmall { needed: Header::LEN, found });
    };
    let payload_len =
        u32::try_from(payload.len()).map_err(|_| EncodeError::TooLong { found: payload.len() })?;
    let flags = flags.without(Flags::CHECKSUMS);
    // Each checksum by itself, so that the common one is a few instructions.
    match format.checksum() {
        Checksum::None => {
            finish(head, payload, payload_len, flags, Format { checksum: Checksum::None, ..format })
        }
        Checksum::Sum => {
            finish(head, payload, payload_len, flags, Format { checksum: Checksum::Sum, ..format })
        }
        Checksum::Crc32 => {
            finish(head, payload, payload_len, flags, Format { checksum: Checksum::Crc32, ..format })
        }
    }
    Ok(())
}

#[inline(always)]
fn finish(head: &mut [u8; Header::LEN], payload: &[u8], payload_len: u32, flags: Flags, format: Format) {
    let Format { version, checksum } = format;
    let mut header = Header { version, flags: flags.with(checksum.flag()), payload_len, checksum: 0 };
    header.checksum = checksum.compute(&header, payload);
    *head = header.to_bytes();
}

/// Copies `payload` into `buffer` behind its header and returns the envelope's length.
///
/// # Errors
/// [`EncodeError`] when it does not fit.
pub fn encode_into(
    buffer: &mut [u8],
    payload: &[u8],
    flags: Flags,
    format: Format,
) -> Result<usize, EncodeError> {
    let too_long = EncodeError::TooLong { found: payload.len() };
    let needed = Header::LEN.checked_add(payload.len()).ok_or(too_long)?;
    let found = buffer.len();
    let envelope = buffer.get_mut(..needed).ok_or(EncodeError::BufferTooSmall { needed, found })?;
    envelope[Header::LEN..].copy_from_slice(payload);
    write_header(envelope, flags, format)?;
    Ok(needed)
}

/// Writes an error envelope around the body that is in place: `envelope[16..]`.
///
/// A version 1 envelope has no error codes; there the body alone is the payload, at
/// `envelope[12..]`, and this function is not needed.
///
/// # Errors
/// [`EncodeError`] as for [`write_header`].
pub fn write_error(envelope: &mut [u8], code: ErrorCode, format: Format) -> Result<(), EncodeError> {
    let found = envelope.len();
    let needed = Header::LEN + ErrorCode::PREFIX_LEN;
    let Some(prefix) = envelope.get_mut(Header::LEN..needed) else {
        return Err(EncodeError::BufferTooSmall { needed, found });
    };
    prefix.copy_from_slice(&code.to_prefix());
    write_header(envelope, Flags::ERROR, format)
}

/// One whole envelope in a buffer of its own.
///
/// # Errors
/// [`EncodeError::TooLong`] when the payload is longer than a header can say.
#[cfg(feature = "alloc")]
pub fn encode(payload: &[u8], flags: Flags, format: Format) -> Result<alloc::vec::Vec<u8>, EncodeError> {
    let mut envelope = alloc::vec![0; Header::LEN + payload.len()];
    encode_into(&mut envelope, payload, flags, format)?;
    Ok(envelope)
}
