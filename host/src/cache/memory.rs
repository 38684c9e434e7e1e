//! Compiled modules in memory, bounded in bytes, the least recently used dropped first.

use super::Name;
use crate::WasmModule;
use lru::LruCache;

/// What an entry takes besides its code and its bytes: tables, names, signatures, roughly.
const ENTRY: usize = 4096;

pub(crate) struct MemoryCache {
    entries: LruCache<Name, (WasmModule, usize)>,
    bytes: usize,
    limit: usize,
}

impl MemoryCache {
    pub(crate) fn new(limit: usize) -> Self {
        Self { entries: LruCache::unbounded(), bytes: 0, limit }
    }

    pub(crate) fn get(&mut self, name: &Name) -> Option<WasmModule> {
        self.entries.get(name).map(|(module, _)| module.clone())
    }

    /// Keeps a module whose code is `code` bytes long, and returns how many it displaced. One that is
    /// larger than the whole cache is not kept.
    pub(crate) fn put(&mut self, name: Name, module: WasmModule, code: usize) -> u64 {
        let bytes = code.saturating_add(module.wasm().len()).saturating_add(ENTRY);
        if bytes > self.limit {
            return 0;
        }
        if let Some((_, replaced)) = self.entries.put(name, (module, bytes)) {
            self.bytes -= replaced;
        }
        self.bytes += bytes;
        let mut displaced = 0;
        while self.bytes > self.limit {
            let Some((_, (_, dropped))) = self.entries.pop_lru() else { break };
            self.bytes -= dropped;
            displaced += 1;
        }
        displaced
    }

    /// How many modules it holds, and how many bytes.
    pub(crate) fn size(&self) -> (u64, u64) {
        (self.entries.len() as u64, self.bytes as u64)
    }
}
