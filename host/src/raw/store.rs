//! One instance's store.

use super::counters::Places;
use super::memory::GuestMemory;
use aingle_wasm_host_core::Counters;
use aingle_wasm_types::names;
use std::sync::atomic::{AtomicU64, Ordering};
use wasmer::sys::vm::{LinearMemory as _, StoreObject, VMMemory};
use wasmer::{AsStoreMut as _, FunctionEnv, Instance, Store, StoreMut};

/// A store that may move between threads with the instance that it belongs to. It knows the places of what the host
/// reads and writes at every call.
pub(crate) struct OwnStore {
    /// No other store of this process has it.
    id: u64,
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
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { id: NEXT.fetch_add(1, Ordering::Relaxed), store, memory: None, counters: None }
    }

    /// A number that no other store of this process has.
    pub(crate) fn id(&self) -> u64 {
        self.id
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

    /// Saves the values of all globals of the instance, also of those that it does not export.
    pub(crate) fn save_globals(&mut self) -> SavedGlobals {
        SavedGlobals { store: self.id, values: self.store.objects_mut().as_u128_globals() }
    }

    /// Puts back what [`OwnStore::save_globals`] saved. Returns `false`, and changes nothing, if that was another store.
    pub(crate) fn put_back_globals(&mut self, saved: &SavedGlobals) -> bool {
        if saved.store != self.id {
            return false;
        }
        // Each gets back the very bits that it had, so that types fit, and references lead to the same instance.
        for (index, value) in saved.values.iter().enumerate() {
            self.store.objects_mut().set_global_unchecked(index, *value);
        }
        true
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

    /// Returns how long all memories of the store are together, in bytes. A guest has one, exported or not.
    pub(crate) fn memory_size(&mut self) -> u64 {
        let memories = <VMMemory as StoreObject>::list(self.store.objects_mut().as_sys());
        memories.iter().map(|memory| memory.size().bytes().0 as u64).sum()
    }

    /// Writes to the first page of the guest's memory, which stays as it is.
    pub(crate) fn touch_memory(&mut self) {
        super::memory::touch_first(self.memory());
    }

    /// Gives all pages of the guest's memory back to the system, after which they read as zeros. Returns whether they
    /// do; if not, what the memory holds is not known.
    #[cfg(target_os = "linux")]
    pub(crate) fn give_memory_back(&mut self) -> bool {
        // SAFETY: Wasmer maps a memory that is not shared between threads privately and without a file, and modules with
        // other memories are refused by the features that they are validated for. Its length is in pages of 64 KiB.
        unsafe { super::pages::give_back(self.memory()) }
    }

    /// Cannot be done here.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn give_memory_back(&mut self) -> bool {
        false
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

    /// Where the code keeps its fuel; null when it has none.
    pub(crate) fn fuel_place(&self) -> *mut i64 {
        self.counters.as_ref().map_or(std::ptr::null_mut(), Places::fuel)
    }

    /// Gives the fuel back that was taken to stop the guest.
    pub(crate) fn settle_fuel(&mut self) {
        let counters = self.counters();
        self.set_counters(Counters { fuel: super::interrupt::without_debt(counters.fuel), ..counters });
    }

    /// Sets the counters that were found.
    pub(crate) fn set_counters(&mut self, counters: Counters) {
        if let Some(places) = &self.counters {
            // SAFETY: as in `counters`.
            unsafe { places.set(counters) };
        }
    }
}

/// The globals of one store, as they were.
pub(crate) struct SavedGlobals {
    store: u64,
    values: Vec<u128>,
}
