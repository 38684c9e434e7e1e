//! Verifies a blob while its payload streams by.

use crate::check::Admitted;
use crate::kind::Version;
use crate::primitives::Sha256;
use crate::refusal::Refusal;
use crate::signature::{self, DOMAIN, Pending};

/// Verification of a payload that is still arriving. It borrows the prefix that the manifest was parsed from, and the
/// policy's keys.
#[derive(Clone)]
pub struct Verifier<'a> {
    running: Running<'a>,
    expected: u32,
    found: u32,
}

#[derive(Clone)]
enum Running<'a> {
    /// Version 3: the signature was right, and the hash of the payload remains to be compared.
    Hash(Sha256, &'a [u8; 32]),
    /// Versions 1 and 2: the signature covers the payload.
    Signature(Pending<'a>),
    /// Versions 1 and 2 without a signature: only the length is known.
    Unsigned,
}

impl<'a> Verifier<'a> {
    /// Begins to verify. In version 3 it verifies the signature now, so that nothing needs to be erased before.
    ///
    /// # Errors
    /// [`Refusal::Signature`] in version 3.
    pub fn begin(admitted: &Admitted<'a>) -> Result<Self, Refusal> {
        verify_header(admitted)?;
        Ok(Self::started(admitted))
    }

    /// Not inlined, so that this is not on the stack while the header is verified.
    #[inline(never)]
    fn started(admitted: &Admitted<'a>) -> Self {
        let manifest = &admitted.manifest;
        let running = match (manifest.version(), manifest.signature(), admitted.key) {
            // Version 3 always has a hash; without it, no payload would be right.
            (Version::V3, ..) => {
                Running::Hash(Sha256::new(), manifest.fields().payload_sha256.unwrap_or(&[0; 32]))
            }
            (_, Some(signature), Some(key)) => {
                let mut pending = Pending::new(key.public(), signature);
                pending.update(manifest.signed_bytes());
                Running::Signature(pending)
            }
            _ => Running::Unsigned,
        };
        Self { running, expected: manifest.fields().payload_len, found: 0 }
    }

    /// Adds the next bytes of the payload, in chunks of any length.
    ///
    /// # Errors
    /// [`Refusal::PayloadLength`] when they are more than the manifest names.
    pub fn update(&mut self, chunk: &[u8]) -> Result<(), Refusal> {
        let left = self.expected - self.found;
        match u32::try_from(chunk.len()) {
            Ok(len) if len <= left => self.found += len,
            len => {
                let found = self.found.saturating_add(len.unwrap_or(u32::MAX));
                return Err(Refusal::PayloadLength { expected: self.expected, found });
            }
        }
        match &mut self.running {
            Running::Hash(hash, _) => hash.update(chunk),
            Running::Signature(pending) => pending.update(chunk),
            Running::Unsigned => {}
        }
        Ok(())
    }

    /// Ends the verification. In versions 1 and 2 it verifies the signature now.
    ///
    /// # Errors
    /// [`Refusal::PayloadLength`], [`Refusal::PayloadHash`] or [`Refusal::Signature`].
    #[inline(never)]
    pub fn finish(self) -> Result<(), Refusal> {
        if self.found != self.expected {
            return Err(Refusal::PayloadLength { expected: self.expected, found: self.found });
        }
        let (right, refusal) = match self.running {
            Running::Hash(hash, expected) => (hash.finish() == *expected, Refusal::PayloadHash),
            Running::Signature(pending) => (pending.holds(), Refusal::Signature),
            Running::Unsigned => return Ok(()),
        };
        if right { Ok(()) } else { Err(refusal) }
    }
}

/// Verifies the signature of version 3.
#[inline(never)]
fn verify_header(admitted: &Admitted<'_>) -> Result<(), Refusal> {
    let manifest = &admitted.manifest;
    match (manifest.signature(), admitted.key) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(Refusal::UnknownKey { id: manifest.fields().key_id }),
        (Some(signature), Some(key)) if manifest.version() == Version::V3 => {
            let holds = signature::verify(key.public(), signature, [DOMAIN, manifest.signed_bytes()]);
            if holds { Ok(()) } else { Err(Refusal::Signature) }
        }
        _ => Ok(()),
    }
}

impl core::fmt::Debug for Verifier<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Verifier({} of {} bytes)", self.found, self.expected)
    }
}
