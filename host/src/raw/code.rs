//! Machine code from bytes.

use crate::authentic::Authentic;
use wasmer::{DeserializeError, Engine, Module};

/// A compiled module from bytes that are known to be one.
pub(crate) fn deserialize(engine: &Engine, artifact: Authentic) -> Result<Module, DeserializeError> {
    // SAFETY: the bytes are machine code that will run. An `Authentic` is made of what a child of this process of the
    // same version answered, whole, or of what was written by a holder of the cache's key under a name that is the hash of the module, of the versions of
    // this crate and of Wasmer, and of the compiler, the processor's features and the limits, so they
    // are unchanged and fit this very process. For the same reason they need no second validation.
    unsafe { Module::deserialize_unchecked(engine, artifact.into_bytes()) }
}
