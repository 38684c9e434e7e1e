//! Machine code of other engines, kept as this one keeps its own.

use super::disk::DiskCache;
use super::name::Name;
use super::place::CodePlace;
use crate::config::EngineConfig;
use std::fs::File;
use std::io;
use std::sync::Arc;

/// Folder that keeps machine code of other engines between processes: the one of [`EngineConfig::cache_dir`], with the same
/// key, limit and checks. Code that the holder of the key did not write, or that was changed, is not there.
pub struct CodeCache {
    disk: DiskCache,
}

impl CodeCache {
    /// Opens the folder of a configuration. `None` if it has none.
    ///
    /// # Errors
    /// What the system said of a folder that cannot be used: it is none, belongs to another user, is writable for others, or its key can be
    /// read by others.
    pub fn open(config: &EngineConfig) -> io::Result<Option<Self>> {
        let Some(dir) = &config.cache_dir else { return Ok(None) };
        DiskCache::in_directory(dir, config, &Arc::default()).map(|disk| Some(Self { disk }))
    }

    /// Reads the code that was kept for a module from a place that `place` returns for its length, in bytes, and for its file, if what is
    /// mapped of that stays as it is; `None` if there is no memory.
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
