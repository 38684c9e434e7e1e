//! Encryption that is bound to function, direction and request.

use super::call_id::{CONTEXT_LEN, CallId, NONCE_LEN, Nonce};
use super::key::Key;
use crate::envelope::{Envelope, Format, write_header};
use crate::error::{DecodeError, EncodeError};
use aingle_wasm_types::{Flags, Header, Version};
use ascon_aead::aead::AeadInOut;
use ascon_aead::{AsconAead128, Tag};

const TAG_LEN: usize = 16;
/// What a reply has before its ciphertext: the form and the nonce.
const REPLY_FRONT: usize = 1 + NONCE_LEN;
/// What a call has before its ciphertext: also the session and the counter.
const CALL_FRONT: usize = REPLY_FRONT + CONTEXT_LEN;
/// The longest function name that an encrypted envelope can be bound to, in bytes.
pub const MAX_FUNCTION: usize = u8::MAX as usize;
/// The header's bytes, the form, the name's length and the name, the context.
const MAX_ASSOCIATED: usize = Header::COVERED + 2 + MAX_FUNCTION + CONTEXT_LEN;

/// How many bytes the payload of an encrypted request or notification is longer than its plaintext.
pub const CALL_OVERHEAD: usize = CALL_FRONT + TAG_LEN;
/// Where the plaintext of a request or notification is in an envelope that is about to be encrypted.
pub const CALL_PLAINTEXT_OFFSET: usize = Header::LEN + CALL_FRONT;
/// How many bytes the payload of an encrypted reply is longer than its plaintext.
pub const REPLY_OVERHEAD: usize = REPLY_FRONT + TAG_LEN;
/// Where the plaintext of a reply is in an envelope that is about to be encrypted.
pub const REPLY_PLAINTEXT_OFFSET: usize = Header::LEN + REPLY_FRONT;

/// The first byte of an encrypted payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Form {
    Request = 1,
    Notification = 2,
    Reply = 3,
}

impl Form {
    fn of_call(flags: Flags) -> Self {
        if flags.contains(Flags::EXPECTS_RESPONSE) { Self::Request } else { Self::Notification }
    }
}

/// What is authenticated beside header and plaintext.
struct Binding<'a> {
    form: Form,
    function: &'a str,
    nonce: Nonce,
    /// Session and counter of a call, in a reply the nonce of the request.
    context: [u8; CONTEXT_LEN],
}

/// Encrypts a request or notification in place.
///
/// The plaintext is at `envelope[45..envelope.len() - 16]`; header, nonce, session, counter and tag are written around
/// it. It is a request if `flags` have [`Flags::EXPECTS_RESPONSE`], else a notification; [`Flags::ENCRYPTED`] is added.
///
/// # Errors
/// [`EncodeError`] if `envelope` has no room for what is written, or is too long, or if the name is longer than names
/// are.
pub fn encrypt_call_in_place(
    envelope: &mut [u8],
    flags: Flags,
    key: &Key,
    function: &str,
    id: &CallId,
) -> Result<(), EncodeError> {
    let form = Form::of_call(flags);
    Binding { form, function, nonce: id.nonce, context: id.context() }.encrypt(envelope, flags, key)
}

/// Encrypts the reply to a request in place.
///
/// The plaintext is at `envelope[29..envelope.len() - 16]`; header, nonce and tag are written around it. `request` is
/// the nonce of the request that it answers. [`Flags::ENCRYPTED`] is added to `flags`.
///
/// # Errors
/// As [`encrypt_call_in_place`].
pub fn encrypt_reply_in_place(
    envelope: &mut [u8],
    flags: Flags,
    key: &Key,
    function: &str,
    request: &Nonce,
    nonce: Nonce,
) -> Result<(), EncodeError> {
    let flags = flags.without(Flags::EXPECTS_RESPONSE);
    Binding { form: Form::Reply, function, nonce, context: request.0 }.encrypt(envelope, flags, key)
}

/// Decrypts a request or notification that was encrypted for `function`, into `plaintext`, which is [`CALL_OVERHEAD`] bytes
/// shorter than its payload.
///
/// An envelope that decrypts was encrypted by a holder of the key, for this function. It may have been received before:
/// `Sessions` tells.
///
/// # Errors
/// Those of [`check_call`]. [`DecodeError::DecryptionFailed`] if key, function, header, nonce, session, counter, ciphertext or
/// tag is not the one it was encrypted with, or if the lengths do not fit. `plaintext` then holds zeros or what it held
/// before, never a text that was not authenticated.
pub fn decrypt_call_into(
    envelope: &Envelope<'_>,
    key: &Key,
    function: &str,
    plaintext: &mut [u8],
) -> Result<CallId, DecodeError> {
    check_call(envelope)?;
    let form = Form::of_call(envelope.flags());
    let (nonce, encrypted) = split_nonce(envelope)?;
    let (context, encrypted) =
        encrypted.split_first_chunk::<CONTEXT_LEN>().ok_or(DecodeError::DecryptionFailed)?;
    if nonce != Nonce::of_call(nonce.0) {
        return Err(DecodeError::DecryptionFailed);
    }
    Binding { form, function, nonce, context: *context }.decrypt(
        envelope.header(),
        encrypted,
        key,
        plaintext,
    )?;
    let [s0, s1, s2, s3, s4, s5, s6, s7, c0, c1, c2, c3, c4, c5, c6, c7] = *context;
    Ok(CallId {
        nonce,
        session: u64::from_le_bytes([s0, s1, s2, s3, s4, s5, s6, s7]),
        counter: u64::from_le_bytes([c0, c1, c2, c3, c4, c5, c6, c7]),
    })
}

/// Decrypts the reply to the request of this nonce, into `plaintext`, which is [`REPLY_OVERHEAD`] bytes shorter than its
/// payload.
///
/// # Errors
/// [`DecodeError::NotEncrypted`], [`DecodeError::OtherVersion`], [`DecodeError::UnsupportedFlags`] or
/// [`DecodeError::EncryptedForm`] if it is no encrypted reply. [`DecodeError::DecryptionFailed`] as [`decrypt_call_into`], and if it
/// answers another request.
pub fn decrypt_reply_into(
    envelope: &Envelope<'_>,
    key: &Key,
    function: &str,
    request: &Nonce,
    plaintext: &mut [u8],
) -> Result<(), DecodeError> {
    check_reply(envelope)?;
    let (nonce, encrypted) = split_nonce(envelope)?;
    if nonce != Nonce::of_reply(nonce.0) {
        return Err(DecodeError::DecryptionFailed);
    }
    let binding = Binding { form: Form::Reply, function, nonce, context: request.0 };
    binding.decrypt(envelope.header(), encrypted, key, plaintext)
}

/// Decrypts a request or notification into a buffer of its own.
///
/// # Errors
/// As [`decrypt_call_into`].
#[cfg(feature = "alloc")]
pub fn decrypt_call(
    envelope: &Envelope<'_>,
    key: &Key,
    function: &str,
) -> Result<(CallId, alloc::vec::Vec<u8>), DecodeError> {
    check_call(envelope)?;
    let len = envelope.payload().len().checked_sub(CALL_OVERHEAD).ok_or(DecodeError::DecryptionFailed)?;
    let mut plaintext = alloc::vec![0; len];
    let id = decrypt_call_into(envelope, key, function, &mut plaintext)?;
    Ok((id, plaintext))
}

/// Decrypts a reply into a buffer of its own.
///
/// # Errors
/// As [`decrypt_reply_into`].
#[cfg(feature = "alloc")]
pub fn decrypt_reply(
    envelope: &Envelope<'_>,
    key: &Key,
    function: &str,
    request: &Nonce,
) -> Result<alloc::vec::Vec<u8>, DecodeError> {
    check_reply(envelope)?;
    let len = envelope.payload().len().checked_sub(REPLY_OVERHEAD).ok_or(DecodeError::DecryptionFailed)?;
    let mut plaintext = alloc::vec![0; len];
    decrypt_reply_into(envelope, key, function, request, &mut plaintext)?;
    Ok(plaintext)
}

/// Refuses what is no encrypted request or notification of this form. Nothing is authenticated yet.
///
/// # Errors
/// [`DecodeError::NotEncrypted`] without [`Flags::ENCRYPTED`], [`DecodeError::OtherVersion`] if it is not version 2,
/// [`DecodeError::UnsupportedFlags`] if it is an error, [`DecodeError::EncryptedForm`] if the payload begins with another
/// byte: a reply's, or that of the older form.
pub fn check_call(envelope: &Envelope<'_>) -> Result<(), DecodeError> {
    envelope.refuse(Flags::ERROR)?;
    check_form(envelope, Form::of_call(envelope.flags()))
}

fn check_reply(envelope: &Envelope<'_>) -> Result<(), DecodeError> {
    envelope.refuse(Flags::EXPECTS_RESPONSE)?;
    check_form(envelope, Form::Reply)
}

fn check_form(envelope: &Envelope<'_>, form: Form) -> Result<(), DecodeError> {
    if !envelope.flags().contains(Flags::ENCRYPTED) {
        return Err(DecodeError::NotEncrypted);
    }
    envelope.expect(Version::V2)?;
    match envelope.payload().first() {
        None => Err(DecodeError::DecryptionFailed),
        Some(&found) if found == form as u8 => Ok(()),
        Some(&found) => Err(DecodeError::EncryptedForm { expected: form as u8, found }),
    }
}

/// The nonce, and what comes after it.
fn split_nonce<'a>(envelope: &Envelope<'a>) -> Result<(Nonce, &'a [u8]), DecodeError> {
    let encrypted = envelope.payload().get(1..).ok_or(DecodeError::DecryptionFailed)?;
    let (nonce, encrypted) =
        encrypted.split_first_chunk::<NONCE_LEN>().ok_or(DecodeError::DecryptionFailed)?;
    Ok((Nonce(*nonce), encrypted))
}

impl Binding<'_> {
    fn encrypt(&self, envelope: &mut [u8], flags: Flags, key: &Key) -> Result<(), EncodeError> {
        let found = envelope.len();
        let front = self.front_len();
        let Some(plaintext_len) = found.checked_sub(Header::LEN + front + TAG_LEN) else {
            return Err(EncodeError::BufferTooSmall { needed: Header::LEN + front + TAG_LEN, found });
        };
        let (flags, format) = (flags.with(Flags::ENCRYPTED).without(Flags::CHECKSUMS), Format::default());
        let payload_len = u32::try_from(found - Header::LEN)
            .map_err(|_| EncodeError::TooLong { found: found - Header::LEN })?;
        let header = Header { version: format.version, flags, payload_len, checksum: 0 };
        let associated = self.associated(&header).ok_or(name_too_long(self.function))?;
        let (before, tag) = envelope.split_at_mut(Header::LEN + front + plaintext_len);
        let (front, plaintext) = before[Header::LEN..].split_at_mut(front);
        let (form, rest) = front.split_at_mut(1);
        form.fill(self.form as u8);
        rest[..NONCE_LEN].copy_from_slice(&self.nonce.0);
        if self.form != Form::Reply {
            rest[NONCE_LEN..].copy_from_slice(&self.context);
        }
        let encrypted =
            key.cipher().encrypt_inout_detached(&self.nonce.0.into(), associated.bytes(), plaintext.into());
        tag.copy_from_slice(&encrypted.map_err(|_| EncodeError::TooLong { found })?);
        write_header(envelope, flags, format)
    }

    /// Decrypts the ciphertext and the tag behind it.
    fn decrypt(
        &self,
        header: &Header,
        encrypted: &[u8],
        key: &Key,
        plaintext: &mut [u8],
    ) -> Result<(), DecodeError> {
        let (ciphertext, tag) =
            encrypted.split_last_chunk::<TAG_LEN>().ok_or(DecodeError::DecryptionFailed)?;
        let associated = self.associated(header).ok_or(DecodeError::DecryptionFailed)?;
        if plaintext.len() != ciphertext.len() {
            return Err(DecodeError::DecryptionFailed);
        }
        plaintext.copy_from_slice(ciphertext);
        let tag: Tag<AsconAead128> = (*tag).into();
        // Ascon's crate wipes a plaintext that is not authentic; a test holds it to that.
        key.cipher()
            .decrypt_inout_detached(&self.nonce.0.into(), associated.bytes(), plaintext.into(), &tag)
            .map_err(|_| DecodeError::DecryptionFailed)
    }

    fn front_len(&self) -> usize {
        if self.form == Form::Reply { REPLY_FRONT } else { CALL_FRONT }
    }

    /// The associated data, or None if the name is too long.
    fn associated(&self, header: &Header) -> Option<Associated> {
        let name = self.function.as_bytes();
        let name_len = u8::try_from(name.len()).ok()?;
        let mut associated = Associated { bytes: [0; MAX_ASSOCIATED], len: 0 };
        associated.push(&header.covered());
        associated.push(&[self.form as u8, name_len]);
        associated.push(name);
        associated.push(&self.context);
        Some(associated)
    }
}

pub(super) fn name_too_long(function: &str) -> EncodeError {
    EncodeError::NameTooLong { limit: MAX_FUNCTION, found: function.len() }
}

struct Associated {
    bytes: [u8; MAX_ASSOCIATED],
    len: usize,
}

impl Associated {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.len..][..bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}
