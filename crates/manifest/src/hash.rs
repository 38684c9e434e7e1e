//! SHA-256 of payloads, and SHA-512 of signed bytes.

/// Running SHA-256. Its clone continues by itself.
#[derive(Clone)]
pub struct Sha256(hmac_sha256::Hash);

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

impl Sha256 {
    /// Starts a hash of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self(hmac_sha256::Hash::new())
    }

    /// Adds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Returns the hash of all bytes.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize()
    }
}

impl core::fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Sha256")
    }
}

/// Returns the SHA-256 of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(bytes);
    hash.finish()
}

/// Running SHA-512, for the signature alone.
#[derive(Clone)]
pub(crate) struct Sha512(hmac_sha512::Hash);

impl Sha512 {
    pub(crate) fn new() -> Self {
        Self(hmac_sha512::Hash::new())
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> [u8; 64] {
        self.0.finalize()
    }
}
