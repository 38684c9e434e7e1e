//! The envelope that is sent back.

use crate::config::EngineConfig;
use crate::error::{HostError, HostErrorKind};
use aingle_wasm_codec::{Checksum, Envelope, Format, encode, text};
use aingle_wasm_types::limits::MAX_MESSAGE;
use aingle_wasm_types::{ErrorCode, Flags, Header, Version};

/// How the answer is to be written.
pub(super) struct Answer<'a> {
    pub(super) function: &'a str,
    pub(super) expected: bool,
    format: Format,
    pub(super) compress: bool,
    /// The key, and the nonce of the request that is answered.
    #[cfg(feature = "encryption")]
    pub(super) encryption: Option<(crate::EncryptionKey, aingle_wasm_codec::encryption::Nonce)>,
}

impl<'a> Answer<'a> {
    pub(super) fn to(function: &'a str, envelope: &Envelope<'_>) -> Self {
        Self {
            function,
            expected: envelope.flags().contains(Flags::EXPECTS_RESPONSE),
            format: Format::of(envelope.header()),
            compress: false,
            #[cfg(feature = "encryption")]
            encryption: None,
        }
    }

    /// To bytes of which nothing is certain: an error is told in the version they claim, if any.
    pub(super) fn to_unreadable(function: &'a str, bytes: &[u8]) -> Self {
        let version = Header::from_bytes(bytes).map_or(Version::V2, |header| header.version);
        Self {
            function,
            expected: true,
            format: Format { version, checksum: Checksum::Crc32 },
            compress: false,
            #[cfg(feature = "encryption")]
            encryption: None,
        }
    }

    pub(super) fn reply(&self, payload: Vec<u8>, config: &EngineConfig) -> Vec<u8> {
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
        if !self.compress || payload.len() < config.lz4_threshold as usize {
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

    pub(super) fn failure(&self, error: &HostError) -> Vec<u8> {
        if !self.expected {
            tracing::warn!(function = self.function, %error, "notification failed");
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

    pub(super) fn error(&self, code: ErrorCode, body: &[u8]) -> Vec<u8> {
        if !self.expected {
            let (function, text) = (self.function, text::shown(body, MAX_MESSAGE));
            tracing::warn!(function, %code, error = %text, "notification refused");
            return Vec::new();
        }
        let mut payload = match self.format.version {
            Version::V1 => Vec::new(),
            Version::V2 => code.to_prefix().to_vec(),
        };
        payload.extend_from_slice(body);
        self.write(payload, Flags::ERROR)
    }

    fn write(&self, payload: Vec<u8>, flags: Flags) -> Vec<u8> {
        #[cfg(feature = "encryption")]
        if let Some((key, request)) = &self.encryption {
            return self.write_encrypted(&payload, flags, key, request);
        }
        encode(&payload, flags, self.format).unwrap_or_else(|error| unwritable(&error))
    }

    #[cfg(feature = "encryption")]
    fn write_encrypted(
        &self,
        payload: &[u8],
        flags: Flags,
        key: &crate::EncryptionKey,
        request: &aingle_wasm_codec::encryption::Nonce,
    ) -> Vec<u8> {
        use aingle_wasm_codec::encryption::{
            NONCE_LEN, Nonce, REPLY_OVERHEAD, REPLY_PLAINTEXT_OFFSET, encrypt_reply_in_place,
        };
        let mut nonce = [0; NONCE_LEN];
        // A nonce that may have served before would open the key's other envelopes: rather none.
        if let Err(error) = getrandom::fill(&mut nonce) {
            return unwritable(&error);
        }
        let mut envelope = vec![0; Header::LEN + REPLY_OVERHEAD + payload.len()];
        envelope[REPLY_PLAINTEXT_OFFSET..][..payload.len()].copy_from_slice(payload);
        let nonce = Nonce::of_reply(nonce);
        match encrypt_reply_in_place(&mut envelope, flags, key.key(), self.function, request, nonce) {
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
