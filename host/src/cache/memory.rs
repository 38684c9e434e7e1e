//! Compiled modules in memory, bounded in bytes and in number, the least recently used dropped first.

use super::name::Name;
use crate::module::WasmModule;
use lru::LruCache;

/// What an entry takes besides its code and its bytes: tables, names, signatures, the rest of its pages, roughly.
const ENTRY: usize = 16 * 1024;

pub(crate) struct MemoryCache {
    entries: LruCache<Name, (WasmModule, usize)>,
    bytes: usize,
    limit: usize,
    /// Each module has mappings of its own, of which the system gives a process so many.
    modules: usize,
}

impl MemoryCache {
    pub(crate) fn new(limit: usize, modules: usize) -> Self {
        Self { entries: LruCache::unbounded(), bytes: 0, limit, modules }
    }

    pub(crate) fn get(&mut self, name: &Name) -> Option<WasmModule> {
        self.entries.get(name).map(|(module, _)| module.clone())
    }

    /// Keeps a module whose code is `code` bytes long, and returns how many it displaced. One that is
    /// larger than the whole cache is not kept.
    pub(crate) fn put(&mut self, name: Name, module: WasmModule, code: usize) -> u64 {
        let bytes = code.saturating_add(module.wasm().len()).saturating_add(ENTRY);
        if bytes > self.limit || self.modules == 0 {
            return 0;
        }
        if let Some((_, replaced)) = self.entries.put(name, (module, bytes)) {
            self.bytes -= replaced;
        }
        self.bytes += bytes;
        let mut displaced = 0;
        while self.bytes > self.limit || self.entries.len() > self.modules {
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
