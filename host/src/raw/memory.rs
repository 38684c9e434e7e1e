//! The guest's memory.

use std::ptr::{self, NonNull};
use wasmer::sys::vm::{LinearMemory as _, VMExtern, VMMemoryDefinition};
use wasmer::{AsStoreMut as _, FunctionEnvMut, Instance, Store};

/// The memory of an instance, by the place where its code looks up how long it is and where it lies.
#[derive(Clone, Copy)]
pub(crate) struct GuestMemory(NonNull<VMMemoryDefinition>);

// SAFETY: it leads into the store of its instance, and moves between threads with that.
unsafe impl Send for GuestMemory {}

impl GuestMemory {
    /// The exported memory of an instance of this store.
    pub(crate) fn of(store: &mut Store, instance: &Instance, name: &str) -> Option<Self> {
        let export = instance.exports.get_extern(name)?;
        match export.to_vm_extern().unwrap_sys() {
            VMExtern::Memory(memory) => Some(Self(memory.get(store.objects_mut().as_sys()).vmmemory())),
            _ => None,
        }
    }

    /// All of it, as it is now.
    ///
    /// # Safety
    /// The store that it was found in lives. For as long as the slice does, no code of the guest runs, the memory does
    /// not grow, and there is no other slice of it.
    pub(super) unsafe fn bytes<'a>(&self) -> &'a mut [u8] {
        // SAFETY: the place belongs to the instance, or to the store, and neither moves nor ends before the store does.
        // What stands there is up to date whenever no code of the guest runs. The mapping is readable and writable as
        // far as it says, and always initialised because the system zeroes it. No other thread reaches it: modules with
        // shared memories are refused by the features that they are validated for.
        unsafe {
            let VMMemoryDefinition { base, current_length } = *self.0.as_ptr();
            std::slice::from_raw_parts_mut(base, current_length)
        }
    }
}

/// The guest's memory during a host function, beside the function's data; empty when it has none.
///
/// The memory belongs to the guest that calls, which waits until the host function returns.
pub(crate) fn memory_of_caller<'a, T: Send + 'static>(
    env: &'a mut FunctionEnvMut<'_, T>,
    memory_of: impl FnOnce(&T) -> Option<GuestMemory>,
) -> (&'a mut T, &'a mut [u8]) {
    let data = env.data_mut();
    // SAFETY: the machine gives its host functions the memory of its own store, which is the one that is borrowed for
    // as long as the slice. The data that is lent out beside it is a host value that has no way to the store, so that
    // neither guest code nor growth can happen while the slice lives.
    let memory = memory_of(data).map(|memory| unsafe { memory.bytes() });
    (data, memory.unwrap_or_default())
}

/// Writes the first byte of a memory as it is, so that its page is touched.
pub(super) fn touch_first(memory: &mut [u8]) {
    if let Some(first) = memory.first_mut() {
        // SAFETY: a reference is valid for reads and writes.
        unsafe { ptr::write_volatile(first, ptr::read_volatile(first)) };
    }
}
