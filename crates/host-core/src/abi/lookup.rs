//! Look-ups in a module: by its index where there is one, else in one pass over its bytes.
//!
//! All is inlined: an engine that has no index then brings no code for one.

use super::check::entry;
use super::facts::Facts;
use super::index::{Index, described_imports};
use crate::error::Error;
use aingle_wasm_module::{Described, Module};
use aingle_wasm_types::description::Kind;

/// A module that is looked up in.
pub(crate) enum Lookup<'m> {
    Indexed(&'m Index, &'m [u8]),
    Scanned(Module<'m>),
}

impl<'m> Lookup<'m> {
    /// A module that was parsed before, and its index where there is one.
    #[inline(always)]
    pub(crate) fn new(index: Option<&'m Index>, wasm: &'m [u8]) -> Self {
        match index {
            Some(index) => Self::Indexed(index, wasm),
            None => Self::Scanned(Module::parsed(wasm)),
        }
    }

    #[inline(always)]
    pub(crate) fn facts(&self) -> Result<Facts, Error> {
        match self {
            Self::Indexed(index, _) => index.facts(),
            Self::Scanned(module) => Facts::of(*module),
        }
    }

    /// The function index of an entry point.
    #[inline(always)]
    pub(crate) fn entry(&self, name: &str) -> Result<u32, Error> {
        match self {
            Self::Indexed(index, wasm) => index.entry(wasm, name),
            Self::Scanned(module) => entry(*module, name),
        }
    }

    /// The function index of an entry point, and what the module says of its types.
    #[inline(always)]
    pub(crate) fn described_entry(&self, name: &str) -> Result<(u32, Described), Error> {
        match self {
            Self::Indexed(index, wasm) => index.described_entry(wasm, name),
            Self::Scanned(module) => Ok((entry(*module, name)?, module.described(Kind::Export, name))),
        }
    }

    /// Passes the name of each import, in the module's order, and what the module says of it.
    #[inline(always)]
    pub(crate) fn each_import(
        &self,
        mut each: impl FnMut(&str, Described) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match self {
            Self::Indexed(index, wasm) => {
                index.imports(wasm).try_for_each(|(name, described)| each(name, described))
            }
            Self::Scanned(module) => {
                let mut imports = described_imports(*module).into_iter();
                imports.try_for_each(|(name, described)| each(name, described))
            }
        }
    }
}
