//! Whole envelopes, as they come from a wire.
//!
//! What arrives is authenticated and opened as its flags say, the function is called, and the answer leaves in the same
//! manner: in the version of the request, encrypted if it was, compressed if it was and that shortens it. The guest sees
//! none of this.

mod answer;
mod refused;

pub use refused::{EnvelopeFault, EnvelopeRefused};

use crate::engine::WasmEngine;
use crate::instance::WasmInstance;
use aingle_wasm_codec::{Checksum, DecodeError, Envelope};
use aingle_wasm_types::{ErrorCode, Flags};
use answer::Answer;
use std::borrow::Cow;

impl<S: Send + 'static> WasmInstance<S> {
    /// Calls an export with an envelope from a wire, and returns the envelope to send back; empty if the request does
    /// not expect a response.
    ///
    /// Every failure is an error envelope. That of a notification, which has nobody to tell, is a warning in `tracing`.
    /// [`WasmInstance::is_poisoned`] returns whether the instance outlived it.
    ///
    /// With [`EngineConfig::encryption_key`](crate::EngineConfig::encryption_key) only requests that a holder of the key encrypted for
    /// this function are taken, in order and each once: `docs/ABI.md`, "Encrypted envelopes", has what is guaranteed.
    pub fn call_envelope(&mut self, name: &str, envelope: &[u8]) -> Vec<u8> {
        self.try_call_envelope(name, envelope).unwrap_or_else(EnvelopeRefused::into_answer)
    }

    /// As [`WasmInstance::call_envelope`], but an envelope that is refused before the function runs is an error, for
    /// those who count them.
    ///
    /// # Errors
    /// [`EnvelopeRefused`], which has the reason and the envelope to send back.
    pub fn try_call_envelope(&mut self, name: &str, envelope: &[u8]) -> Result<Vec<u8>, EnvelopeRefused> {
        let request = Request::open(name, envelope, self.engine())?;
        let called = match request.answer.expected {
            true => self.call_raw(name, &request.payload),
            false => self.notify(name, &request.payload).map(|()| Vec::new()),
        };
        Ok(match called {
            Ok(reply) => request.answer.reply(reply, self.config()),
            Err(error) => request.answer.failure(&error),
        })
    }
}

/// A request that was opened.
struct Request<'a> {
    payload: Cow<'a, [u8]>,
    answer: Answer<'a>,
}

impl<'a> Request<'a> {
    fn open(name: &'a str, bytes: &'a [u8], engine: &WasmEngine) -> Result<Self, EnvelopeRefused> {
        let envelope = match Envelope::decode(bytes, Checksum::Crc32) {
            Ok(envelope) => envelope,
            Err(error) => return Err(refuse(&Answer::to_unreadable(name, bytes), error.into())),
        };
        let mut answer = Answer::to(name, &envelope);
        match open(&envelope, engine, &mut answer) {
            Ok(payload) => Ok(Self { payload, answer }),
            Err(fault) => Err(refuse(&answer, fault)),
        }
    }
}

fn refuse(answer: &Answer<'_>, fault: EnvelopeFault) -> EnvelopeRefused {
    let code = match fault {
        EnvelopeFault::Envelope(DecodeError::NoKey | DecodeError::UnsupportedFlags { .. }) => {
            ErrorCode::Unsupported
        }
        EnvelopeFault::Envelope(DecodeError::DecodedTooLarge { .. }) => ErrorCode::TooLarge,
        _ => ErrorCode::BadRequest,
    };
    let answer = answer.error(code, fault.to_string().as_bytes());
    EnvelopeRefused::new(fault, answer)
}

/// Flags that ask for what this build has not, and that of an error, which is no request.
const UNSUPPORTED: Flags =
    Flags::ERROR.with(if cfg!(feature = "encryption") { Flags::NONE } else { Flags::ENCRYPTED });

/// Takes the payload out: authenticated and decrypted first, then decompressed.
fn open<'a>(
    envelope: &Envelope<'a>,
    engine: &WasmEngine,
    answer: &mut Answer<'a>,
) -> Result<Cow<'a, [u8]>, EnvelopeFault> {
    envelope.refuse(UNSUPPORTED)?;
    let payload = decrypt(envelope, engine, answer)?;
    if !envelope.flags().contains(Flags::LZ4) {
        return Ok(payload);
    }
    let config = engine.config();
    if config.lz4_threshold == 0 {
        envelope.refuse(Flags::LZ4)?;
    }
    answer.compress = true;
    Ok(decompress(&payload, config.max_payload as usize).map(Cow::Owned)?)
}

#[cfg(feature = "lz4")]
fn decompress(payload: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    aingle_wasm_codec::lz4::decompress(payload, limit)
}

#[cfg(not(feature = "lz4"))]
fn decompress(_: &[u8], _: usize) -> Result<Vec<u8>, DecodeError> {
    Err(DecodeError::UnsupportedFlags { found: Flags::LZ4.bits(), refused: Flags::LZ4.bits() })
}

#[cfg(feature = "encryption")]
fn decrypt<'a>(
    envelope: &Envelope<'a>,
    engine: &WasmEngine,
    answer: &mut Answer<'a>,
) -> Result<Cow<'a, [u8]>, EnvelopeFault> {
    use aingle_wasm_codec::encryption::decrypt_call;
    let config = engine.config();
    if !envelope.flags().contains(Flags::ENCRYPTED) {
        let required = config.encryption_required.unwrap_or(config.encryption_key.is_some());
        let taken =
            if required { Err(DecodeError::NotEncrypted) } else { Ok(Cow::Borrowed(envelope.payload())) };
        return Ok(taken?);
    }
    let key = config.encryption_key.as_ref().ok_or(DecodeError::NoKey)?;
    let (id, payload) = decrypt_call(envelope, key.key(), answer.function)?;
    // A second encrypted answer could be sent on in place of the first one: a replay gets an unencrypted refusal.
    engine.accept_call(&id)?;
    // Only who has proved to hold the key gets an encrypted answer.
    answer.encryption = Some((key.clone(), id.nonce));
    Ok(Cow::Owned(payload))
}

#[cfg(not(feature = "encryption"))]
fn decrypt<'a>(
    envelope: &Envelope<'a>,
    _: &WasmEngine,
    _: &mut Answer<'a>,
) -> Result<Cow<'a, [u8]>, EnvelopeFault> {
    Ok(Cow::Borrowed(envelope.payload()))
}
