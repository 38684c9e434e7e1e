//! What is done to a module before it is emitted: limits are merged in, and globals get their places.

use crate::error::AotError;
use crate::graph::Graph;
use crate::module::Module;
use aingle_wasm_metering::{Meter, MeterError};
use aingle_wasm_types::names::{DEPTH, FUEL};
use std::borrow::Cow;

/// What becomes of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Limits {
    /// They are merged in, at the default prices. A module that has limits already keeps them.
    #[default]
    Merged,
    /// The module stays as it is.
    AsIs,
}

/// The bytes that are translated, and whether limits were merged in here.
pub fn with_limits(wasm: &[u8], limits: Limits) -> Result<(Cow<'_, [u8]>, bool), AotError> {
    if limits == Limits::AsIs {
        return Ok((Cow::Borrowed(wasm), false));
    }
    match Meter::default().instrument(wasm) {
        Ok(limited) => Ok((Cow::Owned(limited), true)),
        Err(MeterError::AlreadyMetered) => Ok((Cow::Borrowed(wasm), false)),
        Err(error) => Err(error.into()),
    }
}

/// A module that is ready to be emitted.
pub struct Prepared<'m> {
    pub module: Module<'m>,
    pub graph: Graph,
    /// The globals that hold fuel and depth, if the module exports them.
    pub counters: Option<(u32, u32)>,
}

impl<'m> Prepared<'m> {
    /// Reads a module.
    ///
    /// # Errors
    /// [`AotError::Invalid`] and [`AotError::Unsupported`].
    pub fn new(wasm: &'m [u8]) -> Result<Self, AotError> {
        let mut module = Module::read(wasm)?;
        let exported = |wanted: &str| {
            module.exported_globals.iter().find(|(name, _)| *name == wanted).map(|(_, index)| *index)
        };
        let counters = exported(FUEL).zip(exported(DEPTH));
        let counters = counters.filter(|(fuel, depth)| {
            use wasmparser::ValType::{I32, I64};
            let is = |index, ty| module.globals.get(index).is_some_and(|g| g.mutable && g.ty == ty);
            is(*fuel, I64) && is(*depth, I32)
        });
        module.globals.place(&counters.map_or(Vec::new(), |(fuel, depth)| vec![fuel, depth]));
        let graph = Graph::of(&module)?;
        Ok(Self { module, graph, counters })
    }

    /// The place of a global, in bytes behind the fixed part of the head.
    pub fn place(&self, index: u32) -> Option<usize> {
        self.module.globals.get(index)?.place
    }
}
