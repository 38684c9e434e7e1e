//! Ed25519 over bytes that arrive in chunks.

use crate::primitives::{Sha512, holds};

/// Length of a signature, in bytes.
pub const SIGNATURE_LEN: usize = 64;

/// What the signed bytes of version 3 begin with, so that no other signature of the same key is one of a manifest.
pub const DOMAIN: &[u8; 16] = b"aingle-manifest3";

/// Signature whose message is still arriving.
#[derive(Clone)]
pub(crate) struct Pending<'a> {
    hash: Sha512,
    public: &'a [u8; 32],
    signature: &'a [u8; SIGNATURE_LEN],
}

impl<'a> Pending<'a> {
    pub(crate) fn new(public: &'a [u8; 32], signature: &'a [u8; SIGNATURE_LEN]) -> Self {
        let mut hash = Sha512::new();
        hash.update(&signature[..32]);
        hash.update(public);
        Self { hash, public, signature }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
    }

    /// Returns whether the signature is the key's, of all bytes.
    #[inline(never)]
    pub(crate) fn holds(self) -> bool {
        let (r, s) = self.signature.split_at(32);
        let (Ok(r), Ok(s)) = (r.try_into(), s.try_into()) else { return false };
        holds(self.public, r, s, &self.hash.finish())
    }
}

/// Returns whether a signature is the key's, of the parts one after the other.
#[inline(never)]
pub(crate) fn verify(public: &[u8; 32], signature: &[u8; SIGNATURE_LEN], parts: [&[u8]; 2]) -> bool {
    let (r, s) = signature.split_at(32);
    let (Ok(r), Ok(s)) = (r.try_into(), s.try_into()) else { return false };
    holds(public, r, s, &hashed(r, public, parts))
}

#[inline(never)]
fn hashed(r: &[u8; 32], public: &[u8; 32], parts: [&[u8]; 2]) -> [u8; 64] {
    let mut hash = Sha512::new();
    for part in [r.as_slice(), public, parts[0], parts[1]] {
        hash.update(part);
    }
    hash.finish()
}
