//! Machine code.

use crate::error::HostErrorKind;
use std::ops::{Deref, Range};
use std::sync::Arc;
use wasmer::Engine;

/// Machine code, and the engine that it lives in.
#[derive(Clone)]
pub(crate) struct Code {
    // The code is dropped before the memory that holds it.
    pub(crate) module: wasmer::Module,
    pub(crate) engine: Engine,
    /// Whether limits are in it.
    pub(crate) limited: bool,
}

impl Code {
    /// Where the functions lie: in one piece, in which nothing else is.
    pub(crate) fn range(&self) -> Range<usize> {
        let artifact = self.module.sys_artifact();
        let extents = artifact.and_then(wasmer::sys::Artifact::finished_function_extents).unwrap_or_default();
        let places = extents.iter().map(|(_, function)| {
            let start = (*function.ptr).addr();
            start..start + function.length
        });
        places.reduce(|all, one| all.start.min(one.start)..all.end.max(one.end)).unwrap_or(0..0)
    }
}

/// The machine code as bytes, as Wasmer writes it.
pub(crate) fn serialize(code: &Code) -> Result<impl Deref<Target = [u8]> + use<>, HostErrorKind> {
    code.module.serialize().map_err(|error| HostErrorKind::Compiler { reason: error.to_string() })
}

/// Shared by every instance of a module.
pub(crate) type SharedWasm = Arc<[u8]>;
