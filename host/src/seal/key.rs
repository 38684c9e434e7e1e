//! The key of sealed envelopes.

use aingle_wasm_codec::seal::Key;
use std::fmt;
use std::sync::Arc;

/// A 128-bit key that encrypted envelopes are opened and sealed with. It cannot be read back.
#[derive(Clone)]
pub struct SealKey(Arc<Key>);

impl SealKey {
    /// A key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(Arc::new(Key::new(bytes)))
    }

    pub(crate) fn key(&self) -> &Key {
        &self.0
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}
