//! One instance's store.

use super::counters::Places;
use super::memory::GuestMemory;
use aingle_wasm_bridge::Counters;
use aingle_wasm_types::names;
use wasmer::{AsStoreMut as _, FunctionEnv, Instance, Store, StoreMut};

/// A store that may move between threads with the instance that it belongs to. It knows the places of what the host
/// reads and writes at every call.
pub(crate) struct OwnStore {
    store: Store,
    /// Of the one instance of this store, as are the counters.
    memory: Option<GuestMemory>,
    counters: Option<Places>,
}

// SAFETY: Wasmer leaves this to the embedder, because a store may hold host values of any type. This
// one holds what `machine` puts there: the functions' environment, which is `Send` because the state is,
// closures that capture a number, and the instance. The pointers among them lead to memory that the
// store owns, or to code that the module shares and never changes. Nothing is bound to a thread: a call
// installs the store in a thread-local for as long as it runs, and only through `&mut`. The places are
// the store's own memory.
unsafe impl Send for OwnStore {}

impl OwnStore {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, memory: None, counters: None }
    }

    /// The store, to be looked at.
    pub(crate) fn get(&self) -> &Store {
        &self.store
    }

    /// The store, to be used, but not to be exchanged for another.
    pub(crate) fn get_mut(&mut self) -> StoreMut<'_> {
        self.store.as_store_mut()
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

    /// Takes up the guest's memory, which host functions need too.
    pub(crate) fn find_memory(&mut self, instance: &Instance) -> Option<GuestMemory> {
        self.memory = GuestMemory::of(&mut self.store, instance, names::MEMORY);
        self.memory
    }

    /// The guest's memory as it is now; empty when it has none.
    pub(crate) fn memory(&mut self) -> &mut [u8] {
        // SAFETY: it was found in this store. The guest runs, and the memory grows, only by `&mut` of the store, which
        // the slice borrows.
        self.memory.as_ref().map(|memory| unsafe { memory.bytes() }).unwrap_or_default()
    }

    /// Takes up the counters of a module that carries limits. Says whether they are there, and what they have to be.
    pub(crate) fn find_counters(&mut self, instance: &Instance) -> bool {
        self.counters = Places::of(&mut self.store, instance);
        self.counters.is_some()
    }

    /// The counters that were found; zero before.
    pub(crate) fn counters(&mut self) -> Counters {
        // SAFETY: they were found in this store, whose guest runs only by `&mut`.
        let counters = self.counters.as_ref().map(|places| unsafe { places.get() });
        counters.unwrap_or(Counters { fuel: 0, depth: 0 })
    }

    /// Sets the counters that were found.
    pub(crate) fn set_counters(&mut self, counters: Counters) {
        if let Some(places) = &self.counters {
            // SAFETY: as in `counters`.
            unsafe { places.set(counters) };
        }
    }
}
