//! Whole envelopes, as they come from a wire.
//!
//! What arrives is opened as its flags say, the function is called, and the answer leaves in the same
//! manner: in the version of the request, sealed when it was, compressed when it was and that shortens
//! it. The guest sees none of this.

use crate::{EngineConfig, HostError, HostErrorKind, WasmInstance};
use aingle_wasm_codec::{DecodeError, Envelope, Guard, Style, encode};
use aingle_wasm_types::limits::MAX_MESSAGE;
use aingle_wasm_types::{ErrorCode, Flags, Header, Version};
use std::borrow::Cow;

impl<S: Send + 'static> WasmInstance<S> {
    /// Calls an export with an envelope from a wire, and returns the envelope to send back; empty when
    /// the request does not expect a response.
    ///
    /// Every failure is an error envelope. That of a notification, which has nobody to tell, is a
    /// warning in `tracing`. [`WasmInstance::is_poisoned`] tells whether the instance outlived it.
    ///
    /// A sealed envelope is kept from being read or changed on its way. It is not kept from being sent
    /// twice: that is for the link to prevent.
    pub fn call_envelope(&mut self, name: &str, envelope: &[u8]) -> Vec<u8> {
        let request = match Request::open(envelope, self.config()) {
            Ok(request) => request,
            Err((answer, code, error)) => return answer.error(code, error.to_string().as_bytes()),
        };
        let called = match request.answer.expected {
            true => self.call_raw(name, &request.payload),
            false => self.notify(name, &request.payload).map(|()| Vec::new()),
        };
        match called {
            Ok(reply) => request.answer.reply(reply, self.config()),
            Err(error) => request.answer.failure(name, &error),
        }
    }
}

/// A request that was opened.
struct Request<'a> {
    payload: Cow<'a, [u8]>,
    answer: Answer,
}

/// How the answer is to be written.
struct Answer {
    expected: bool,
    style: Style,
    compress: bool,
    #[cfg(feature = "seal")]
    seal: Option<crate::SealKey>,
}

type Refusal = (Answer, ErrorCode, DecodeError);

impl<'a> Request<'a> {
    fn open(bytes: &'a [u8], config: &EngineConfig) -> Result<Self, Refusal> {
        let envelope = Envelope::decode(bytes, Guard::Crc32)
            .map_err(|error| (Answer::to_unreadable(bytes), ErrorCode::BadRequest, error))?;
        let mut answer = Answer::to(&envelope);
        if let Err(error) = envelope.refuse(UNSUPPORTED) {
            return Err((answer, ErrorCode::Unsupported, error));
        }
        match open(&envelope, config, &mut answer) {
            Ok(payload) => Ok(Self { payload, answer }),
            Err(error) => Err((answer, code_of(&error), error)),
        }
    }
}

/// Flags that ask for what this build has not, and that of an error, which is no request.
const UNSUPPORTED: Flags = {
    let lz4 = if cfg!(feature = "lz4") { Flags::NONE } else { Flags::LZ4 };
    let seal = if cfg!(feature = "seal") { Flags::NONE } else { Flags::ENCRYPTED };
    Flags::ERROR.with(lz4).with(seal)
};

/// Takes the payload out: unsealed first, then decompressed.
fn open<'a>(
    envelope: &Envelope<'a>,
    config: &EngineConfig,
    answer: &mut Answer,
) -> Result<Cow<'a, [u8]>, DecodeError> {
    let payload = unseal(envelope, config, answer)?;
    let limit = config.max_payload as usize;
    if envelope.flags().contains(Flags::LZ4) {
        answer.compress = true;
        return decompress(&payload, limit).map(Cow::Owned);
    }
    Ok(payload)
}

#[cfg(feature = "lz4")]
fn decompress(payload: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    aingle_wasm_codec::lz4::decompress(payload, limit)
}

#[cfg(not(feature = "lz4"))]
fn decompress(_: &[u8], _: usize) -> Result<Vec<u8>, DecodeError> {
    Err(DecodeError::UnsupportedFlags { found: Flags::LZ4.bits() })
}

#[cfg(feature = "seal")]
fn unseal<'a>(
    envelope: &Envelope<'a>,
    config: &EngineConfig,
    answer: &mut Answer,
) -> Result<Cow<'a, [u8]>, DecodeError> {
    if !envelope.flags().contains(Flags::ENCRYPTED) {
        return Ok(Cow::Borrowed(envelope.payload()));
    }
    let key = config.seal_key.as_ref().ok_or(DecodeError::NoKey)?;
    let payload = aingle_wasm_codec::seal::open(envelope, key.key())?;
    // Only who has proved to hold the key gets a sealed answer.
    answer.seal = Some(key.clone());
    Ok(Cow::Owned(payload))
}

#[cfg(not(feature = "seal"))]
fn unseal<'a>(
    envelope: &Envelope<'a>,
    _: &EngineConfig,
    _: &mut Answer,
) -> Result<Cow<'a, [u8]>, DecodeError> {
    Ok(Cow::Borrowed(envelope.payload()))
}

fn code_of(error: &DecodeError) -> ErrorCode {
    match error {
        DecodeError::NoKey | DecodeError::UnsupportedFlags { .. } => ErrorCode::Unsupported,
        DecodeError::DecodedTooLarge { .. } => ErrorCode::TooLarge,
        _ => ErrorCode::BadRequest,
    }
}

impl Answer {
    fn to(envelope: &Envelope<'_>) -> Self {
        Self {
            expected: envelope.flags().contains(Flags::EXPECTS_RESPONSE),
            style: Style::of(envelope.header()),
            compress: false,
            #[cfg(feature = "seal")]
            seal: None,
        }
    }

    /// To bytes of which nothing is certain: an error is told in the version they claim, if any.
    fn to_unreadable(bytes: &[u8]) -> Self {
        let version = Header::from_bytes(bytes).map_or(Version::V2, |header| header.version);
        Self {
            expected: true,
            style: Style { version, guard: Guard::Crc32 },
            compress: false,
            #[cfg(feature = "seal")]
            seal: None,
        }
    }

    fn reply(&self, payload: Vec<u8>, config: &EngineConfig) -> Vec<u8> {
        if !self.expected {
            return Vec::new();
        }
        match self.compressed(&payload, config) {
            Some(shorter) => self.write(shorter, Flags::LZ4),
            None => self.write(payload, Flags::NONE),
        }
    }

    #[cfg(feature = "lz4")]
    fn compressed(&self, payload: &[u8], config: &EngineConfig) -> Option<Vec<u8>> {
        use aingle_wasm_codec::lz4;
        let threshold = match config.lz4_threshold {
            0 => lz4::DEFAULT_THRESHOLD,
            threshold => threshold as usize,
        };
        if !self.compress || payload.len() < threshold {
            return None;
        }
        let mut shorter = vec![0; lz4::max_compressed_len(payload.len())];
        let len = lz4::compress_into(payload, &mut shorter)?;
        shorter.truncate(len);
        Some(shorter)
    }

    #[cfg(not(feature = "lz4"))]
    fn compressed(&self, _: &[u8], _: &EngineConfig) -> Option<Vec<u8>> {
        debug_assert!(!self.compress, "compressed requests are refused");
        None
    }

    fn failure(&self, name: &str, error: &HostError) -> Vec<u8> {
        if !self.expected {
            tracing::warn!(function = name, %error, "notification failed");
            return Vec::new();
        }
        match error.kind() {
            HostErrorKind::Guest { code, body } => self.error(*code, body),
            HostErrorKind::MissingExport { .. } | HostErrorKind::ExportSignature { .. } => {
                self.error(ErrorCode::UnknownFunction, error.to_string().as_bytes())
            }
            HostErrorKind::TooLarge { .. } => self.error(ErrorCode::TooLarge, error.to_string().as_bytes()),
            _ => self.error(ErrorCode::HostFailed, error.to_string().as_bytes()),
        }
    }

    fn error(&self, code: ErrorCode, body: &[u8]) -> Vec<u8> {
        if !self.expected {
            let text = aingle_wasm_codec::text::shown(body, MAX_MESSAGE);
            tracing::warn!(%code, error = %text, "notification refused");
            return Vec::new();
        }
        let mut payload = match self.style.version {
            Version::V1 => Vec::new(),
            Version::V2 => code.to_prefix().to_vec(),
        };
        payload.extend_from_slice(body);
        self.write(payload, Flags::ERROR)
    }

    fn write(&self, payload: Vec<u8>, flags: Flags) -> Vec<u8> {
        #[cfg(feature = "seal")]
        if let Some(key) = &self.seal {
            return self.write_sealed(&payload, flags, key);
        }
        encode(&payload, flags, self.style).unwrap_or_else(|error| unwritable(&error))
    }

    #[cfg(feature = "seal")]
    fn write_sealed(&self, payload: &[u8], flags: Flags, key: &crate::SealKey) -> Vec<u8> {
        use aingle_wasm_codec::seal;
        let mut nonce = [0; 16];
        // A nonce that may have served before would open the key's other envelopes: rather none.
        if let Err(error) = getrandom::fill(&mut nonce) {
            return unwritable(&error);
        }
        let mut envelope = vec![0; Header::LEN + seal::OVERHEAD + payload.len()];
        envelope[seal::PLAINTEXT_OFFSET..][..payload.len()].copy_from_slice(payload);
        match seal::seal_in_place(&mut envelope, flags, self.style, key.key(), nonce) {
            Ok(()) => envelope,
            Err(error) => unwritable(&error),
        }
    }
}

/// An answer that no envelope can carry; a link takes it as one that did not come.
fn unwritable(error: &dyn std::fmt::Display) -> Vec<u8> {
    tracing::error!(%error, "the answer cannot be written");
    Vec::new()
}
