//! Compiled modules that are kept: in memory, and between processes on disk.

mod disk;
mod key;
mod memory;
mod stats;

pub use key::CacheKey;
pub use stats::CacheStats;

pub(crate) use disk::{Authentic, DiskCache};
pub(crate) use memory::MemoryCache;
pub(crate) use stats::Counters;

/// What a compiled module is kept under: a hash of its bytes, and on disk of everything else that
/// decides its machine code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Name([u8; 32]);

impl Name {
    /// The name of a module's bytes under an engine's identity.
    pub(crate) fn new(identity: &str, wasm: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("aingle_wasm_host 2026 compiled module");
        hasher.update(&(identity.len() as u64).to_le_bytes());
        hasher.update(identity.as_bytes());
        hasher.update(wasm);
        Self(*hasher.finalize().as_bytes())
    }

    fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn hex(&self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }
}
