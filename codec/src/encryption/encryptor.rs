//! The caller's side: requests that are encrypted, and the replies to them.

use super::bound::{
    CALL_OVERHEAD, CALL_PLAINTEXT_OFFSET, MAX_FUNCTION, decrypt_reply, encrypt_call_in_place, name_too_long,
};
use super::call_id::{CallId, NONCE_LEN, Nonce};
use super::key::Key;
use crate::checksum::Checksum;
use crate::envelope::Envelope;
use crate::error::{DecodeError, EncodeError};
use aingle_wasm_types::{ErrorCode, Flags, Header};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

/// A sender of encrypted requests and notifications: one session of one caller.
///
/// `random` returns 16 random bytes of the system's generator at each call, or None if there are none; then nothing is
/// encrypted. They must not be drawn before from the state of a program that can be forked or restored from a snapshot.
///
/// ```
/// use aingle_wasm_codec::encryption::{Encryptor, Key, Reply};
///
/// # fn exchange(_: &str, _: &[u8]) -> Vec<u8> { Vec::new() }
/// # fn random() -> Option<[u8; 16]> { Some([7; 16]) } // with the crate getrandom: fill(&mut bytes).ok()?
/// let microseconds_since_1970: u64 = 1_795_000_000_000_000;
/// let mut encryptor = Encryptor::new(Key::new([1; 16]), microseconds_since_1970 << 12 | 0x5a5, random);
/// let (request, mut pending) = encryptor.request("resize", b"a picture")?;
/// let reply: Vec<u8> = exchange("resize", &request);
/// match pending.open(&reply, 1 << 20) {
///     Ok(Reply::Value(_picture)) => (),
///     Ok(Reply::Error { code, body }) => println!("{code}: {} bytes", body.len()),
///     Err(error) => println!("no reply to this request: {error}"),
/// }
/// # Ok::<(), aingle_wasm_codec::encryption::EncryptError>(())
/// ```
pub struct Encryptor<R> {
    key: Key,
    session: u64,
    next: Option<u64>,
    /// Requests of at least this many bytes are compressed, if any.
    lz4_threshold: Option<usize>,
    random: R,
}

impl<R: FnMut() -> Option<[u8; NONCE_LEN]>> Encryptor<R> {
    /// A sender whose session has this number.
    ///
    /// A session has a larger number than all that began before it, and no other sender has the same: microseconds
    /// since 1970, shifted left by 12 bits, and 12 random bits. A part without a clock uses a counter of its starts
    /// that it keeps in flash, and a key of its own.
    #[must_use]
    pub fn new(key: Key, session: u64, random: R) -> Self {
        Self { key, session, next: Some(0), lz4_threshold: None, random }
    }

    /// Compresses requests of at least `threshold` bytes if that makes them shorter. Only then may the reply be
    /// compressed.
    #[cfg(feature = "lz4")]
    #[must_use]
    pub fn with_lz4(mut self, threshold: usize) -> Self {
        self.lz4_threshold = Some(threshold);
        self
    }

    /// Begins another session: after a refusal for a stale one, and after the state of this sender was restored.
    pub fn renew(&mut self, session: u64) {
        (self.session, self.next) = (session, Some(0));
    }

    /// Encrypts a request of `function`. [`Pending`] opens the reply to it, and no other.
    ///
    /// # Errors
    /// [`EncryptError`].
    pub fn request(&mut self, function: &str, payload: &[u8]) -> Result<(Vec<u8>, Pending), EncryptError> {
        let (envelope, nonce, flags) = self.encrypt(function, payload, Flags::EXPECTS_RESPONSE)?;
        let pending = Pending {
            key: self.key.clone(),
            function: function.into(),
            nonce,
            lz4: flags.contains(Flags::LZ4),
            answered: false,
        };
        Ok((envelope, pending))
    }

    /// Encrypts a notification for `function`, which has no reply.
    ///
    /// # Errors
    /// [`EncryptError`].
    pub fn notification(&mut self, function: &str, payload: &[u8]) -> Result<Vec<u8>, EncryptError> {
        self.encrypt(function, payload, Flags::NONE).map(|(envelope, ..)| envelope)
    }

    fn encrypt(
        &mut self,
        function: &str,
        payload: &[u8],
        flags: Flags,
    ) -> Result<(Vec<u8>, Nonce, Flags), EncryptError> {
        if function.len() > MAX_FUNCTION {
            return Err(EncryptError::Encode(name_too_long(function)));
        }
        let counter = self.next.ok_or(EncryptError::SessionUsedUp)?;
        let nonce = Nonce::of_call((self.random)().ok_or(EncryptError::NoRandomness)?);
        let (payload, lz4) = self.compressed(payload);
        let flags = flags.with(lz4);
        let mut envelope = alloc::vec![0; Header::LEN + CALL_OVERHEAD + payload.len()];
        envelope[CALL_PLAINTEXT_OFFSET..][..payload.len()].copy_from_slice(&payload);
        let id = CallId { nonce, session: self.session, counter };
        encrypt_call_in_place(&mut envelope, flags, &self.key, function, &id)
            .map_err(EncryptError::Encode)?;
        self.next = counter.checked_add(1);
        Ok((envelope, nonce, flags))
    }

    #[cfg(feature = "lz4")]
    fn compressed<'a>(&self, payload: &'a [u8]) -> (Cow<'a, [u8]>, Flags) {
        use crate::lz4;
        if self.lz4_threshold.is_some_and(|threshold| payload.len() >= threshold) {
            let mut shorter = alloc::vec![0; lz4::max_compressed_len(payload.len())];
            if let Some(len) = lz4::compress_into(payload, &mut shorter) {
                shorter.truncate(len);
                return (Cow::Owned(shorter), Flags::LZ4);
            }
        }
        (Cow::Borrowed(payload), Flags::NONE)
    }

    #[cfg(not(feature = "lz4"))]
    fn compressed<'a>(&self, payload: &'a [u8]) -> (Cow<'a, [u8]>, Flags) {
        debug_assert!(self.lz4_threshold.is_none(), "only `with_lz4` sets it");
        (Cow::Borrowed(payload), Flags::NONE)
    }
}

impl<R> fmt::Debug for Encryptor<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encryptor")
            .field("session", &self.session)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

/// A request that was encrypted and not answered yet.
pub struct Pending {
    key: Key,
    function: Box<str>,
    nonce: Nonce,
    /// Whether the request was compressed, so that the reply may be.
    lz4: bool,
    answered: bool,
}

impl Pending {
    /// Opens the reply, of at most `limit` bytes when it is decompressed.
    ///
    /// Nothing is decompressed or read before it is authenticated. What is refused leaves the request unanswered, so
    /// that a forged reply does not take the place of the true one.
    ///
    /// # Errors
    /// [`DecodeError::Answered`] if the reply was opened before. [`DecodeError::NotEncrypted`] for an envelope that is not
    /// encrypted: a host refuses so what it could not authenticate, but anyone on the way can write the same.
    /// [`DecodeError::DecryptionFailed`] and [`DecodeError::EncryptedForm`] for anything that is not the reply to this request,
    /// and the other errors of [`Envelope::decode`] and of decompression.
    pub fn open(&mut self, reply: &[u8], limit: usize) -> Result<Reply, DecodeError> {
        if self.answered {
            return Err(DecodeError::Answered);
        }
        let envelope = Envelope::decode(reply, Checksum::Crc32)?;
        let payload = decrypt_reply(&envelope, &self.key, &self.function, &self.nonce)?;
        self.answered = true;
        let flags = envelope.flags();
        if flags.contains(Flags::LZ4) && (!self.lz4 || flags.contains(Flags::ERROR)) {
            envelope.refuse(Flags::LZ4)?;
        }
        if flags.contains(Flags::ERROR) {
            let (code, body) = ErrorCode::split(&payload).ok_or(DecodeError::ErrorPayload)?;
            return Ok(Reply::Error { code, body: body.to_vec() });
        }
        if flags.contains(Flags::LZ4) {
            return decompress(&payload, limit).map(Reply::Value);
        }
        Ok(Reply::Value(payload))
    }
}

#[cfg(feature = "lz4")]
fn decompress(payload: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    crate::lz4::decompress(payload, limit)
}

#[cfg(not(feature = "lz4"))]
fn decompress(_: &[u8], _: usize) -> Result<Vec<u8>, DecodeError> {
    Err(DecodeError::UnsupportedFlags { found: Flags::LZ4.bits(), refused: Flags::LZ4.bits() })
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("function", &self.function)
            .field("answered", &self.answered)
            .finish_non_exhaustive()
    }
}

/// Reply to an encrypted request, authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// What the function returned.
    Value(Vec<u8>),
    /// The call failed.
    Error {
        /// What kind of failure.
        code: ErrorCode,
        /// What it says; [`ErrorCode`] tells how to read it.
        body: Vec<u8>,
    },
}

/// Why a request was not encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncryptError {
    /// The envelope cannot be written.
    Encode(EncodeError),
    /// There are no random bytes for the nonce.
    NoRandomness,
    /// The session has no numbers left: begin another.
    SessionUsedUp,
}

impl fmt::Display for EncryptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encode(error) => error.fmt(f),
            Self::NoRandomness => f.write_str("no random bytes for a nonce"),
            Self::SessionUsedUp => f.write_str("the session has no numbers left"),
        }
    }
}

impl core::error::Error for EncryptError {}
