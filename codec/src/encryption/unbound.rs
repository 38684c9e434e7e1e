//! The older form of an encrypted payload: a nonce of 16 bytes, the ciphertext, a tag of 16 bytes.
//!
//! Its associated data is the header's first eight bytes alone. It is bound to no function, direction or request, so
//! that anyone who can write to a link can send it elsewhere, back, and again. It is for envelopes that were stored;
//! hosts refuse it from a wire.

use super::key::Key;
use crate::checksum::Checksum;
use crate::envelope::{Envelope, Format, write_header};
use crate::error::{DecodeError, EncodeError};
use aingle_wasm_types::{Flags, Header};
use ascon_aead::aead::AeadInOut;
use ascon_aead::{AsconAead128, Tag};

const NONCE_LEN: usize = 16;
const TAG_LEN: usize = 16;
/// How many bytes an encrypted payload is longer than its plaintext.
pub const OVERHEAD: usize = NONCE_LEN + TAG_LEN;
/// Offset of the plaintext in an envelope that is about to be encrypted.
pub const PLAINTEXT_OFFSET: usize = Header::LEN + NONCE_LEN;

/// Encrypts an envelope in place.
///
/// The plaintext is at `envelope[28..envelope.len() - 16]`; nonce, tag and header are written
/// around it. `flags` are those of the envelope; [`Flags::ENCRYPTED`] is added.
///
/// # Errors
/// [`EncodeError`] when `envelope` has no room for what is written, or is too long.
pub fn encrypt_in_place(
    envelope: &mut [u8],
    flags: Flags,
    format: Format,
    key: &Key,
    nonce: [u8; 16],
) -> Result<(), EncodeError> {
    let found = envelope.len();
    let Some(plaintext_len) = found.checked_sub(Header::LEN + OVERHEAD) else {
        return Err(EncodeError::BufferTooSmall { needed: Header::LEN + OVERHEAD, found });
    };
    let flags = flags.with(Flags::ENCRYPTED).without(Flags::CHECKSUMS);
    let format = Format { checksum: Checksum::Crc32, ..format };
    let payload_len = u32::try_from(found - Header::LEN)
        .map_err(|_| EncodeError::TooLong { found: found - Header::LEN })?;
    let header = Header { version: format.version, flags, payload_len, checksum: 0 };
    let (front, tag) = envelope.split_at_mut(PLAINTEXT_OFFSET + plaintext_len);
    front[Header::LEN..PLAINTEXT_OFFSET].copy_from_slice(&nonce);
    let plaintext = &mut front[PLAINTEXT_OFFSET..];
    let encrypted = key.cipher().encrypt_inout_detached(&nonce.into(), &header.covered(), plaintext.into());
    tag.copy_from_slice(&encrypted.map_err(|_| EncodeError::TooLong { found })?);
    write_header(envelope, flags, format)
}

/// Decrypts a payload into `plaintext`, which is [`OVERHEAD`] bytes shorter than it.
///
/// # Errors
/// [`DecodeError::DecryptionFailed`] when key, nonce, header, ciphertext or tag is not the one it was encrypted
/// with, or when the lengths do not fit. `plaintext` then holds zeros or what it held before, never a
/// text that the tag does not authenticate.
pub fn decrypt_into(envelope: &Envelope<'_>, key: &Key, plaintext: &mut [u8]) -> Result<(), DecodeError> {
    let (nonce, encrypted) =
        envelope.payload().split_first_chunk::<NONCE_LEN>().ok_or(DecodeError::DecryptionFailed)?;
    let (ciphertext, tag) = encrypted.split_last_chunk::<TAG_LEN>().ok_or(DecodeError::DecryptionFailed)?;
    if plaintext.len() != ciphertext.len() {
        return Err(DecodeError::DecryptionFailed);
    }
    plaintext.copy_from_slice(ciphertext);
    let tag: Tag<AsconAead128> = (*tag).into();
    let header = envelope.header().covered();
    // Ascon's crate wipes what the tag does not authenticate; a test holds it to that.
    key.cipher()
        .decrypt_inout_detached(&(*nonce).into(), &header, plaintext.into(), &tag)
        .map_err(|_| DecodeError::DecryptionFailed)
}

/// Decrypts a payload into a buffer of its own.
///
/// # Errors
/// As [`decrypt_into`].
#[cfg(feature = "alloc")]
pub fn decrypt(envelope: &Envelope<'_>, key: &Key) -> Result<alloc::vec::Vec<u8>, DecodeError> {
    let len = envelope.payload().len().checked_sub(OVERHEAD).ok_or(DecodeError::DecryptionFailed)?;
    let mut plaintext = alloc::vec![0; len];
    decrypt_into(envelope, key, &mut plaintext)?;
    Ok(plaintext)
}
