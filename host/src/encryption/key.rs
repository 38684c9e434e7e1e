//! The key of encrypted envelopes.

use aingle_wasm_codec::encryption::Key;
use std::fmt;
use std::sync::Arc;

/// A 128-bit key that encrypts and decrypts envelopes. It cannot be read back.
#[derive(Clone)]
pub struct EncryptionKey(Arc<Key>);

impl EncryptionKey {
    /// A key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(Arc::new(Key::new(bytes)))
    }

    pub(crate) fn key(&self) -> &Key {
        &self.0
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey(..)")
    }
}
