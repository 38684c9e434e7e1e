//! Code that Wasmtime copies into memory of its own.

use crate::compiled::Compiled;
use crate::raw::CodeStore;
use wasmtime::component::Component;
use wasmtime::{Config, Engine, Module, Result};

/// Memory for the machine code of one program.
#[derive(Default)]
pub struct CodeMemory(Vec<u8>);

impl CodeMemory {
    /// Allocates memory for code of this length, in bytes. `None` if there is not so much.
    pub fn allocate(&mut self, len: usize) -> Option<&mut [u8]> {
        self.0.clear();
        self.0.try_reserve_exact(len).ok()?;
        self.0.resize(len, 0);
        Some(&mut self.0)
    }
}

/// Loads code for the engines of one configuration.
pub struct Loader;

impl Loader {
    pub fn new(_: &mut Config) -> Self {
        Self
    }

    /// Returns what a store has for a module. `None` if there is none, or it is of another version or configuration.
    pub fn load(
        &self,
        store: &impl CodeStore,
        engine: &Engine,
        identity: &str,
        wasm: &[u8],
        is_component: bool,
    ) -> Option<Compiled> {
        let mut memory = CodeMemory::default();
        if !store.load(identity, wasm, &mut memory) {
            return None;
        }
        let loaded: Result<Compiled> = if is_component {
            // SAFETY: `CodeStore` promises that these are bytes that `Component::serialize` returned.
            unsafe { Component::deserialize(engine, memory.0) }
                .map(|component| Compiled::Component(Box::new(component)))
        } else {
            // SAFETY: `CodeStore` promises that these are bytes that `Module::serialize` returned.
            unsafe { Module::deserialize(engine, memory.0) }.map(Compiled::Core)
        };
        loaded.ok()
    }
}
