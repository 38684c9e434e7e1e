//! Where code is kept.

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
use super::copied::{CodeMemory, Loader};
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
use super::mapped::{CodeMemory, Loader};
use crate::compiled::Compiled;
use wasmtime::Engine;

/// Store of machine code, such as a folder, from which [`Program::compile_cached`](crate::Program::compile_cached) takes what it
/// has compiled before.
///
/// # Safety
/// What `load` leaves in the memory, written or mapped, runs as part of this process if it returns `true`. It has to be, and to stay, byte for
/// byte what `keep` was given for the same identity and the same module by this process, or by one that is trusted like it.
pub unsafe trait CodeStore {
    /// Writes the code that is kept for a module into `memory`, which it allocates for its length, or maps a file that begins with the code.
    /// Returns whether there is some; if not, what is there is thrown away.
    fn load(&self, identity: &str, wasm: &[u8], memory: &mut CodeMemory) -> bool;

    /// Keeps the code of a module. `identity` names all that decides the code, the module excepted.
    fn keep(&self, identity: &str, wasm: &[u8], code: &[u8]);
}

/// Returns what a store has for a module. `None` if there is none, or it is of another version or configuration.
pub fn load(
    loader: &Loader,
    store: &impl CodeStore,
    engine: &Engine,
    identity: &str,
    wasm: &[u8],
    is_component: bool,
) -> Option<Compiled> {
    // SAFETY: `CodeStore` promises that these are bytes that were serialized.
    unsafe { loader.load(engine, is_component, |memory| store.load(identity, wasm, memory)) }
}
