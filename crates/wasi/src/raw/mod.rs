//! Machine code that was compiled before.

#![allow(unsafe_code, reason = "code that is loaded is code that runs")]

#[cfg_attr(all(target_os = "linux", target_arch = "x86_64"), path = "mapped.rs")]
#[cfg_attr(not(all(target_os = "linux", target_arch = "x86_64")), path = "copied.rs")]
mod memory;

pub use memory::{CodeMemory, Loader};

/// Store of machine code, such as a folder, from which [`Program::compile_cached`](crate::Program::compile_cached) takes what it
/// has compiled before.
///
/// # Safety
/// What `load` writes runs as part of this process if it returns `true`. It has to be, byte for byte, what `keep` was given for the same
/// identity and the same module by this process, or by one that is trusted like it.
pub unsafe trait CodeStore {
    /// Writes the code that is kept for a module into `memory`, which is allocated for its length. Returns whether there is some; if not,
    /// what was written is thrown away.
    fn load(&self, identity: &str, wasm: &[u8], memory: &mut CodeMemory) -> bool;

    /// Keeps the code of a module. `identity` names all that decides the code, the module excepted.
    fn keep(&self, identity: &str, wasm: &[u8], code: &[u8]);
}
