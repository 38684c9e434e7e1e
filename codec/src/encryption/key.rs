//! The key of encrypted envelopes.

use ascon_aead::AsconAead128;
use ascon_aead::aead::KeyInit;

/// A 128-bit key. It has no `Debug` and no way back to its bytes.
#[derive(Clone)]
pub struct Key([u8; 16]);

impl Key {
    /// A key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(super) fn cipher(&self) -> AsconAead128 {
        AsconAead128::new(&self.0.into())
    }
}
