//! The folder of compiled modules, for programs of WASI.

#![allow(unsafe_code, reason = "code that is loaded is code that runs")]

use crate::run_args::RunArgs;
use aingle_wasm_host::{CodeCache, CodePlace, EngineConfig};
use aingle_wasm_wasi::{CodeMemory, CodeStore};

/// The folder of `--cache`, which modules of the server's engine are also kept in.
pub struct Kept(CodeCache);

impl Kept {
    /// Opens the folder. `None` without `--cache`, or if it cannot be used.
    pub fn open(args: &RunArgs) -> Option<Self> {
        let config = EngineConfig { cache_dir: args.cache.clone(), ..EngineConfig::default() };
        CodeCache::open(&config).map(Self)
    }
}

// SAFETY: a `CodeCache` loads what a holder of the folder's key kept for the same identity and module. It compares a keyed
// hash of the code as it is in the memory, so that what was changed, or comes from elsewhere, is not loaded. The key can be read by this user alone.
unsafe impl CodeStore for Kept {
    fn load(&self, identity: &str, wasm: &[u8], memory: &mut CodeMemory) -> bool {
        self.0.load(identity, wasm, |len, file| {
            // SAFETY: a `CodeCache` gives a file that this user alone can change, and changes none itself: it writes new ones.
            let is_mapped = file.is_some_and(|file| unsafe { memory.map(file, len) });
            if is_mapped {
                Some(CodePlace::Mapped(memory.mapped()))
            } else {
                memory.allocate(len).map(CodePlace::Memory)
            }
        })
    }

    fn keep(&self, identity: &str, wasm: &[u8], code: &[u8]) {
        self.0.keep(identity, wasm, code);
    }
}
