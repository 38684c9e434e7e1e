//! Names of compiled modules.

/// What a compiled module is kept under: a hash of its bytes, and on disk of everything else that
/// decides its machine code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    hash: [u8; 32],
    /// The module's bytes in short, whatever the engine.
    fingerprint: u64,
}

impl Name {
    /// The name of a module's bytes under an engine's identity.
    pub(crate) fn new(identity: &str, wasm: &[u8]) -> Self {
        let wasm = blake3::hash(wasm);
        let mut hasher = blake3::Hasher::new_derive_key("aingle_wasm_host 2026 compiled module");
        hasher.update(&(identity.len() as u64).to_le_bytes());
        hasher.update(identity.as_bytes());
        hasher.update(wasm.as_bytes());
        let fingerprint = wasm.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        Self { hash: *hasher.finalize().as_bytes(), fingerprint }
    }

    /// Which module it is, for typed handles: the same under every engine.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.hash
    }

    pub(super) fn hex(&self) -> String {
        blake3::Hash::from_bytes(self.hash).to_hex().to_string()
    }
}
