//! The folder of compiled modules, for programs of WASI.

#![allow(unsafe_code, reason = "code that is loaded is code that runs")]

use super::cache::folder;
use crate::run_args::RunArgs;
use aingle_wasm_host::{CodeCache, CodePlace};
use aingle_wasm_wasi::{CodeMemory, CodeStore};

/// The folder of `--cache`, which modules of the server's engine are also kept in.
pub struct Kept(CodeCache);

impl Kept {
    /// Opens the folder. `None` without `--cache`, or if it cannot be used, which is told.
    pub fn open(args: &RunArgs) -> Option<Self> {
        folder(args).map(Self)
    }
}

// SAFETY: a `CodeCache` loads what a holder of the folder's key kept for the same identity and module; the key can be read by this user alone. It
// compares a keyed hash of the code in its place, or, of a file that is mapped, one of what the system says of it, which was written when the code's had been
// compared. What was changed, or comes from elsewhere, is not loaded.
unsafe impl CodeStore for Kept {
    fn load(&self, identity: &str, wasm: &[u8], memory: &mut CodeMemory) -> bool {
        self.0.load(identity, wasm, |len, file| {
            // SAFETY: a `CodeCache` gives a file that stays as it is: on this machine, of a user who may not write to it. It writes new files.
            let is_mapped = file.is_some_and(|file| unsafe { memory.map(file, len) });
            if is_mapped {
                Some(CodePlace::Mapped(memory.code()))
            } else {
                memory.allocate(len).map(CodePlace::Memory)
            }
        })
    }

    fn keep(&self, identity: &str, wasm: &[u8], code: &[u8]) {
        self.0.keep(identity, wasm, code);
    }
}
