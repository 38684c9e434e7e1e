//! The counters of a module that carries limits.

use crate::stop::Control;
use aingle_wasm_host_core::Counters;
use aingle_wasm_types::names;
use std::ptr::NonNull;
use wasmer::sys::vm::{VMExtern, VMGlobalDefinition};
use wasmer::{AsStoreMut as _, GlobalType, Instance, Mutability, Store, Type};

/// The counters of an instance, by the places where its code keeps them.
pub(super) struct Places {
    fuel: NonNull<VMGlobalDefinition>,
    depth: NonNull<VMGlobalDefinition>,
}

impl Places {
    /// Those of an instance of this store; nothing when they are not there, or not what they have to be.
    pub(super) fn of(store: &mut Store, instance: &Instance) -> Option<Self> {
        let fuel = global(store, instance, names::FUEL, Type::I64)?;
        let depth = global(store, instance, names::DEPTH, Type::I32)?;
        Some(Self { fuel, depth })
    }

    /// # Safety
    /// The store that they were found in lives, and no code of the guest runs.
    pub(super) unsafe fn get(&self) -> Counters {
        // SAFETY: the places belong to the instance, and neither move nor end before the store does. Their types are
        // those of the fields, by `global`.
        unsafe { Counters { fuel: (*self.fuel.as_ptr()).val.i64, depth: (*self.depth.as_ptr()).val.i32 } }
    }

    /// Where the fuel is.
    pub(super) fn fuel(&self) -> *mut i64 {
        // SAFETY: the place is there for as long as the store; nothing is read or written.
        unsafe { &raw mut (*self.fuel.as_ptr()).val.i64 }
    }

    /// # Safety
    /// As [`Places::get`].
    pub(super) unsafe fn set(&self, counters: Counters) {
        // SAFETY: as in `get`, and both are mutable.
        unsafe {
            (*self.fuel.as_ptr()).val.i64 = counters.fuel;
            (*self.depth.as_ptr()).val.i32 = counters.depth;
        }
    }
}

/// Returns the fuel that is left while a host function of the guest runs; 0 if it has none.
pub(crate) fn fuel_left(control: &Control) -> i64 {
    // SAFETY: the place is in the store of the instance that the control belongs to, and lives as long as that. The guest
    // waits until the host function returns, so that nobody writes.
    unsafe { control.fuel().as_ref() }.copied().unwrap_or(0)
}

/// An exported global, if it is mutable and of this type.
fn global(
    store: &mut Store,
    instance: &Instance,
    name: &str,
    ty: Type,
) -> Option<NonNull<VMGlobalDefinition>> {
    let export = instance.exports.get_extern(name)?;
    let VMExtern::Global(global) = export.to_vm_extern().unwrap_sys() else { return None };
    let global = global.get(store.objects_mut().as_sys());
    (*global.ty() == GlobalType::new(ty, Mutability::Var)).then(|| global.vmglobal())
}
