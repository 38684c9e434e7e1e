//! Code that Wasmtime copies into memory of its own.

use crate::compiled::Compiled;
use std::fs::File;
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

    /// Maps no file.
    ///
    /// # Safety
    /// None is needed: it is the same function as where files are mapped.
    pub unsafe fn map(&mut self, _: &File, _: usize) -> bool {
        false
    }

    /// Returns the code. Empty if there is none.
    #[must_use]
    pub fn code(&self) -> &[u8] {
        &self.0
    }
}

/// Loads code for the engines of one configuration.
pub struct Loader;

impl Loader {
    pub fn new(_: &mut Config) -> Self {
        Self
    }

    /// Returns what `fill` has written. `None` if it returns `false`, or the code is of another version or configuration.
    ///
    /// # Safety
    /// Where `fill` returns `true`, it has written what `serialize` of a component, or of a module, returned.
    pub unsafe fn load(
        &self,
        engine: &Engine,
        is_component: bool,
        fill: impl FnOnce(&mut CodeMemory) -> bool,
    ) -> Option<Compiled> {
        let mut memory = CodeMemory::default();
        if !fill(&mut memory) {
            return None;
        }
        let loaded: Result<Compiled> = if is_component {
            // SAFETY: the caller promises that these are bytes that `Component::serialize` returned.
            unsafe { Component::deserialize(engine, memory.0) }
                .map(|component| Compiled::Component(Box::new(component)))
        } else {
            // SAFETY: the caller promises that these are bytes that `Module::serialize` returned.
            unsafe { Module::deserialize(engine, memory.0) }.map(Compiled::Core)
        };
        loaded.ok()
    }
}
