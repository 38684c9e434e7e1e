//! What Wasmer asks its user to guarantee.
#![allow(unsafe_code)]

use wasmer::{Engine, Memory, Module, Store};

/// The guest's memory as a slice, until the store is used again.
pub(crate) fn memory<'a>(memory: &Memory, store: &'a mut Store) -> &'a mut [u8] {
    let view = memory.view(store);
    // SAFETY: the memory moves or ends only with the store, which is borrowed as long as the slice; no other
    // slice of it is made, and no other thread has the store.
    unsafe { std::slice::from_raw_parts_mut(view.data_ptr(), view.data_size() as usize) }
}

/// Machine code that this program wrote to a file of its own.
pub(crate) fn deserialize(engine: &Engine, bytes: Vec<u8>) -> Result<Module, wasmer::DeserializeError> {
    // SAFETY: the bytes are what `Module::serialize` gave in this process, kept in a temporary folder.
    unsafe { Module::deserialize(engine, bytes) }
}
