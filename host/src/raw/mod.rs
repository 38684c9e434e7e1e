//! Everything unsafe of this crate: guest memory as a slice, the counters of limits where the code keeps them, limits
//! as Wasmer's tunables, compiled code from bytes, pages of the system, signals that leave a guest, and what a child after
//! `fork` makes anew.
#![allow(unsafe_code)]

mod counters;
mod interrupt;
mod memory;
#[cfg(target_os = "linux")]
mod pages;
mod process;
mod store;

pub(crate) use interrupt::{Running, interrupt, prepare_interrupts, with_current};
pub(crate) use memory::{GuestMemory, memory_of_caller};
#[cfg(target_os = "linux")]
pub(crate) use pages::{Mapping, page_size};
pub(crate) use process::PerProcess;
pub(crate) use store::{OwnStore, SavedGlobals};

use crate::cache::Authentic;
use crate::tunables::Limits;
use std::ptr::NonNull;
use wasmer::sys::vm::{VMMemory, VMMemoryDefinition, VMTable, VMTableDefinition};
use wasmer::sys::{BaseTunables, Tunables};
use wasmer::{DeserializeError, Engine, MemoryError, MemoryStyle, MemoryType, Module, TableStyle, TableType};

/// A compiled module from bytes that are known to be one.
pub(crate) fn deserialize(engine: &Engine, artifact: Authentic) -> Result<Module, DeserializeError> {
    // SAFETY: the bytes are machine code that will run. An `Authentic` is made of what a child of this process of the
    // same version answered, whole, or of what was written by a holder of the cache's key under a name that is the hash of the module, of the versions of
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
