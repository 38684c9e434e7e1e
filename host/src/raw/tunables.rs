//! The limits of memories and tables as Wasmer asks for them.

use super::growth::telling;
use crate::config::STACK_BYTES;
use crate::tunables::Limits;
use std::ptr::NonNull;
use wasmer::sys::vm::{VMConfig, VMMemory, VMMemoryDefinition, VMTable, VMTableDefinition};
use wasmer::sys::{BaseTunables, Tunables};
use wasmer::{MemoryError, MemoryStyle, MemoryType, TableStyle, TableType};

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
        unsafe { BaseTunables::new().create_vm_memory(&self.memory(ty), style, at) }.map(telling)
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

    fn vmconfig(&self) -> &VMConfig {
        &VMConfig { wasm_stack_size: Some(STACK_BYTES) }
    }
}
