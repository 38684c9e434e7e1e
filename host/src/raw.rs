//! Everything unsafe of this crate: guest memory as a slice, limits as Wasmer's tunables, compiled
//! code from bytes.
#![allow(unsafe_code)]

use crate::cache::Authentic;
use crate::tunables::Limits;
use std::ptr::NonNull;
use wasmer::sys::vm::{VMMemory, VMMemoryDefinition, VMTable, VMTableDefinition};
use wasmer::sys::{BaseTunables, Tunables};
use wasmer::{
    AsStoreMut, DeserializeError, Engine, Memory, MemoryError, MemoryStyle, MemoryType, Module, Store,
    StoreMut, TableStyle, TableType,
};

/// A store that may move between threads with the instance that it belongs to.
pub(crate) struct OwnStore(pub(crate) Store);

// SAFETY: Wasmer leaves this to the embedder, because a store may hold host values of any type. This
// one holds what `machine` puts there: the functions' environment, which is `Send` because the state is,
// closures that capture a number, and the instance. The pointers among them lead to memory that the
// store owns, or to code that the module shares and never changes. Nothing is bound to a thread: a call
// installs the store in a thread-local for as long as it runs, and only through `&mut`. The field is
// private to this crate, which puts nothing else in.
unsafe impl Send for OwnStore {}

/// The guest's memory as it is now.
pub(crate) fn memory<'a>(memory: &Memory, store: &'a mut impl AsStoreMut) -> &'a mut [u8] {
    let store = store.as_store_mut();
    let view = memory.view(&store);
    let (base, len) = (view.data_ptr(), view.data_size() as usize);
    // SAFETY: `base` and `len` are those of the memory's mapping, all of which is readable and
    // writable, and always initialised because the system zeroes it. The mapping moves or ends only by
    // a call into the guest, by growing, or with the store, all of which need the store that stays
    // mutably borrowed for `'a`. For the same reason no other slice of it exists: this function is the
    // only one that makes any. No other thread reaches the memory: modules with shared memories are
    // refused by the features that they are validated for.
    unsafe { std::slice::from_raw_parts_mut(base, len) }
}

/// The guest's memory during a host function, beside the function's data.
///
/// The memory belongs to the guest that calls, which waits until the host function returns.
pub(crate) fn memory_of_caller<'a, T: Send + 'static>(
    env: &'a mut wasmer::FunctionEnvMut<'_, T>,
    memory_of: impl FnOnce(&T) -> Option<&Memory>,
) -> (&'a mut T, &'a mut [u8]) {
    let (data, store) = env.data_and_store_mut();
    let Some(found) = memory_of(data) else { return (data, &mut []) };
    let found = found.clone();
    let bytes = memory_in(&found, &store);
    (data, bytes)
}

/// As [`memory`], for a store that is borrowed inside a host function for as long as `'a`.
fn memory_in<'a>(memory: &Memory, store: &StoreMut<'a>) -> &'a mut [u8] {
    let view = memory.view(store);
    let (base, len) = (view.data_ptr(), view.data_size() as usize);
    // SAFETY: as above. The store is borrowed for `'a` by `memory_of_caller`, its only caller, and the
    // data that it lends out beside the slice is a host value that has no way to the store, so that
    // neither guest code nor growth can happen while the slice lives.
    unsafe { std::slice::from_raw_parts_mut(base, len) }
}

/// A compiled module from bytes that are known to be one.
pub(crate) fn deserialize(engine: &Engine, artifact: Authentic) -> Result<Module, DeserializeError> {
    // SAFETY: the bytes are machine code that will run. An `Authentic` is only made of what was written
    // by a holder of the cache's key under a name that is the hash of the module, of the versions of
    // this crate and of Wasmer, and of the compiler, the processor's features and the limits, so they
    // are unchanged and fit this very process.
    unsafe { Module::deserialize(engine, artifact.into_bytes()) }
}

impl Tunables for Limits {
    fn memory_style(&self, memory: &MemoryType) -> MemoryStyle {
        self.style(memory)
    }

    fn table_style(&self, table: &TableType) -> TableStyle {
        BaseTunables::new().table_style(table)
    }

    fn create_host_memory(&self, ty: &MemoryType, style: &MemoryStyle) -> Result<VMMemory, MemoryError> {
        BaseTunables::new().create_host_memory(&self.memory(ty), style)
    }

    unsafe fn create_vm_memory(
        &self,
        ty: &MemoryType,
        style: &MemoryStyle,
        at: NonNull<VMMemoryDefinition>,
    ) -> Result<VMMemory, MemoryError> {
        // SAFETY: the caller's promise about `at` is passed on.
        unsafe { BaseTunables::new().create_vm_memory(&self.memory(ty), style, at) }
    }

    fn create_host_table(&self, ty: &TableType, style: &TableStyle) -> Result<VMTable, String> {
        BaseTunables::new().create_host_table(&self.table(ty), style)
    }

    unsafe fn create_vm_table(
        &self,
        ty: &TableType,
        style: &TableStyle,
        at: NonNull<VMTableDefinition>,
    ) -> Result<VMTable, String> {
        // SAFETY: the caller's promise about `at` is passed on.
        unsafe { BaseTunables::new().create_vm_table(&self.table(ty), style, at) }
    }
}
