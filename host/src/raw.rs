//! Everything unsafe of this crate: guest memory as a slice, limits as Wasmer's tunables, compiled
//! code from bytes.
#![allow(unsafe_code)]

use crate::cache::Authentic;
use crate::tunables::Limits;
use std::ptr::NonNull;
use wasmer::sys::vm::{VMMemory, VMMemoryDefinition, VMTable, VMTableDefinition};
use wasmer::sys::{BaseTunables, Tunables};
use wasmer::{
    AsStoreMut as _, DeserializeError, Engine, FunctionEnv, Global, Memory, MemoryError, MemoryStyle,
    MemoryType, Module, RuntimeError, Store, StoreMut, TableStyle, TableType, Value,
};

/// A store that may move between threads with the instance that it belongs to, and knows where the guest's memory
/// lies.
pub(crate) struct OwnStore {
    store: Store,
    memory: Option<Memory>,
    /// The memory's mapping, looked up after each use of the store: nothing else moves it or lets it grow.
    mapping: NonNull<[u8]>,
}

// SAFETY: Wasmer leaves this to the embedder, because a store may hold host values of any type. This
// one holds what `machine` puts there: the functions' environment, which is `Send` because the state is,
// closures that capture a number, and the instance. The pointers among them lead to memory that the
// store owns, or to code that the module shares and never changes. Nothing is bound to a thread: a call
// installs the store in a thread-local for as long as it runs, and only through `&mut`. The mapping is
// the store's own memory.
unsafe impl Send for OwnStore {}

impl OwnStore {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, memory: None, mapping: NonNull::from(&mut []) }
    }

    /// The store, to be looked at.
    pub(crate) fn get(&self) -> &Store {
        &self.store
    }

    /// The store, to be used.
    pub(crate) fn with<T>(&mut self, run: impl FnOnce(&mut Store) -> T) -> T {
        // If this panics, the guest has no memory for its host any more.
        self.mapping = NonNull::from(&mut []);
        let result = run(&mut self.store);
        self.look_up();
        result
    }

    /// What host functions work on.
    pub(crate) fn data<'a, T: Send + 'static>(&'a mut self, env: &'a FunctionEnv<T>) -> &'a mut T {
        env.as_mut(&mut self.store)
    }

    /// The values of all globals of the instance, also of those that it does not export.
    pub(crate) fn globals(&mut self) -> Vec<u128> {
        self.store.objects_mut().as_u128_globals()
    }

    /// Puts back what [`OwnStore::globals`] gave for this store.
    pub(crate) fn set_globals(&mut self, globals: &[u128]) {
        // Each gets back the very bits that it had, so that types fit, and references lead to the same instance.
        for (index, value) in globals.iter().enumerate() {
            self.store.objects_mut().set_global_unchecked(index, *value);
        }
    }

    /// The value of a global of this store. It has nothing to do with memory, which stays where it was.
    pub(crate) fn global(&mut self, global: &Global) -> Value {
        global.get(&mut self.store)
    }

    /// Changes a global of this store.
    ///
    /// # Errors
    /// When the global is not mutable, or not of the value's type.
    pub(crate) fn set_global(&mut self, global: &Global, value: Value) -> Result<(), RuntimeError> {
        global.set(&mut self.store, value)
    }

    /// Takes up the guest's memory.
    pub(crate) fn set_memory(&mut self, memory: Option<Memory>) {
        self.memory = memory;
        self.look_up();
    }

    fn look_up(&mut self) {
        if let Some(memory) = &self.memory {
            let view = memory.view(&self.store);
            let mapping = std::ptr::slice_from_raw_parts_mut(view.data_ptr(), view.data_size() as usize);
            self.mapping = NonNull::new(mapping).unwrap_or(NonNull::from(&mut []));
        }
    }

    /// The guest's memory as it is now; empty when it has none.
    pub(crate) fn memory(&mut self) -> &mut [u8] {
        // SAFETY: the slice is empty, or the memory's mapping, all of which is readable and writable, and always
        // initialised because the system zeroes it. The mapping moves or ends only by a call into the guest, by
        // growing, or with the store: all of that happens in `with`, which looks the mapping up again and cannot
        // run while `self` is borrowed. For the same reason no other slice of it exists. No other thread reaches
        // the memory: modules with shared memories are refused by the features that they are validated for.
        unsafe { self.mapping.as_mut() }
    }
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

/// The guest's memory in a store that is borrowed inside a host function for as long as `'a`.
fn memory_in<'a>(memory: &Memory, store: &StoreMut<'a>) -> &'a mut [u8] {
    let view = memory.view(store);
    let (base, len) = (view.data_ptr(), view.data_size() as usize);
    // SAFETY: as in `OwnStore::memory`. The store is borrowed for `'a` by `memory_of_caller`, its only caller, and the
    // data that it lends out beside the slice is a host value that has no way to the store, so that
    // neither guest code nor growth can happen while the slice lives.
    unsafe { std::slice::from_raw_parts_mut(base, len) }
}

/// The size of a page of the host, in bytes.
#[cfg(target_os = "linux")]
pub(crate) fn page_size() -> usize {
    // SAFETY: it reads a constant of the system.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}

/// A compiled module from bytes that are known to be one.
pub(crate) fn deserialize(engine: &Engine, artifact: Authentic) -> Result<Module, DeserializeError> {
    // SAFETY: the bytes are machine code that will run. An `Authentic` is only made of what was written
    // by a holder of the cache's key under a name that is the hash of the module, of the versions of
    // this crate and of Wasmer, and of the compiler, the processor's features and the limits, so they
    // are unchanged and fit this very process. For the same reason they need no second validation.
    unsafe { Module::deserialize_unchecked(engine, artifact.into_bytes()) }
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
