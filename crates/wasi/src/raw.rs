//! Machine code that was compiled before.

#![allow(unsafe_code, reason = "code that is loaded is code that runs")]

use crate::compiled::Compiled;
use wasmtime::component::Component;
use wasmtime::{Engine, Module, Result};

/// Store of machine code, such as a folder, from which [`Program::compile_cached`](crate::Program::compile_cached) takes what it
/// has compiled before.
///
/// # Safety
/// What `load` returns runs as part of this process. It has to be, byte for byte, what `keep` was given for the same
/// identity and the same module by this process, or by one that is trusted like it.
pub unsafe trait CodeStore {
    /// Returns the code that is kept for a module, if there is some.
    fn load(&self, identity: &str, wasm: &[u8]) -> Option<Vec<u8>>;

    /// Keeps the code of a module. `identity` names all that decides the code, the module excepted.
    fn keep(&self, identity: &str, wasm: &[u8], code: &[u8]);
}

/// Returns what a store has for a module. `None` if there is none, or it is of another version or configuration.
pub fn load(
    store: &impl CodeStore,
    engine: &Engine,
    identity: &str,
    wasm: &[u8],
    is_component: bool,
) -> Option<Compiled> {
    let code = store.load(identity, wasm)?;
    let loaded: Result<Compiled> = if is_component {
        // SAFETY: `CodeStore` promises that these are bytes that `Component::serialize` returned.
        unsafe { Component::deserialize(engine, code) }
            .map(|component| Compiled::Component(Box::new(component)))
    } else {
        // SAFETY: `CodeStore` promises that these are bytes that `Module::serialize` returned.
        unsafe { Module::deserialize(engine, code) }.map(Compiled::Core)
    };
    loaded.ok()
}
