//! Ed25519 over the group of `curve25519-dalek`, and SHA-2 of `sha2`.

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use sha2::Digest;

/// Returns whether bytes are a public key that is a point of more than small order.
pub(crate) fn is_strong(public: &[u8; 32]) -> bool {
    strong(public).is_some()
}

fn strong(public: &[u8; 32]) -> Option<EdwardsPoint> {
    CompressedEdwardsY(*public).decompress().filter(|point| !point.is_small_order())
}

/// Returns whether `R = sB - kA`, as strictly as `VerifyingKey::verify_strict` of ed25519-dalek: `s` is reduced,
/// neither `R` nor `A` has a small order, and `R` has its one encoding.
#[inline(never)]
pub(crate) fn holds(public: &[u8; 32], r: &[u8; 32], s: &[u8; 32], k: &[u8; 64]) -> bool {
    let Some(key) = strong(public) else { return false };
    let Some(s) = Option::<Scalar>::from(Scalar::from_canonical_bytes(*s)) else { return false };
    let k = Scalar::from_bytes_mod_order_wide(k);
    let found = EdwardsPoint::vartime_double_scalar_mul_basepoint(&k, &-key, &s);
    !found.is_small_order() && found.compress().as_bytes() == r
}

/// SHA-256 of bytes that arrive in chunks.
#[derive(Clone, Debug, Default)]
pub struct Sha256(sha2::Sha256);

impl Sha256 {
    /// Hash of no bytes so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Returns the hash of all bytes.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// Returns the SHA-256 of bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

/// SHA-512 of bytes that arrive in chunks.
#[derive(Clone)]
pub(crate) struct Sha512(sha2::Sha512);

impl Sha512 {
    pub(crate) fn new() -> Self {
        Self(sha2::Sha512::new())
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> [u8; 64] {
        self.0.finalize().into()
    }
}
