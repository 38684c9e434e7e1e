//! Machine code of other engines, kept as this one keeps its own.

use super::disk::DiskCache;
use super::name::Name;
use super::place::CodePlace;
use super::stats::Counters;
use crate::config::EngineConfig;
use std::fs::File;
use std::sync::Arc;

/// Folder that keeps machine code of other engines between processes: the one of [`EngineConfig::cache_dir`], with the same
/// key, limit and checks. Code that the holder of the key did not write, or that was changed, is not there.
pub struct CodeCache {
    disk: DiskCache,
}

impl CodeCache {
    /// Opens the folder of a configuration. `None` if it has none, or the folder cannot be used.
    #[must_use]
    pub fn open(config: &EngineConfig) -> Option<Self> {
        let disk = DiskCache::open(config, &Arc::new(Counters::default()))?;
        Some(Self { disk })
    }

    /// Reads the code that was kept for a module from a place that `place` returns for its length, in bytes; `None` if there is no memory.
    /// `identity` names the engine and all else that decides the code. Returns whether the code is there; if not, the place may hold
    /// what nobody kept, which is to be thrown away.
    pub fn load<'m>(
        &self,
        identity: &str,
        wasm: &[u8],
        place: impl FnOnce(usize, Option<&File>) -> Option<CodePlace<'m>>,
    ) -> bool {
        let name = name(identity, wasm);
        let loaded = self.disk.load_into(&name, place);
        if loaded {
            self.disk.accept(&name);
        }
        loaded
    }

    /// Keeps the code of a module. A folder that cannot be written keeps none.
    pub fn keep(&self, identity: &str, wasm: &[u8], code: &[u8]) {
        self.disk.store(&name(identity, wasm), code);
    }
}

/// Returns a name that no module of this engine has.
fn name(identity: &str, wasm: &[u8]) -> Name {
    Name::new(&format!("of another engine: {identity}"), wasm)
}
