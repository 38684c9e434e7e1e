//! The functions and structs of `csrc/aingle_wasm3.h`.

#[cfg(all(feature = "c-heap", target_os = "none"))]
mod heap;

use core::ffi::{c_char, c_void};

/// A module in a runtime of its own in an environment of its own.
#[repr(C)]
pub struct Module {
    _private: [u8; 0],
}

/// The runtime of a module.
#[repr(C)]
pub struct Runtime {
    _private: [u8; 0],
}

/// Null for success, else a text that is never changed or freed.
pub type Result = *const c_char;

/// What a host function is told of the import.
#[repr(C)]
pub struct ImportContext {
    /// What it was linked with.
    pub userdata: *mut c_void,
    /// The function of the module.
    pub function: *mut c_void,
}

/// A host function. The first of the stack's words is for the result, if there is one; arguments follow, a word for each.
pub type RawCall = unsafe extern "C" fn(
    runtime: *mut Runtime,
    context: *mut ImportContext,
    stack: *mut u64,
    memory: *mut c_void,
) -> *const c_void;

/// How many items of each kind a module has.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Types.
    pub types: u32,
    /// Functions, imports among them.
    pub functions: u32,
    /// Imported functions.
    pub imports: u32,
    /// Globals.
    pub globals: u32,
    /// Elements of the table.
    pub elements: u32,
    /// Whether there is a table.
    pub has_table: bool,
    /// Whether there is a memory.
    pub has_memory: bool,
}

/// What the compiler needs for a function, as the validation counts it.
#[repr(C)]
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Requirements {
    /// How far the validation came, in bytes from the beginning of the function.
    pub offset: u32,
    /// The most operands.
    pub operands: u32,
    /// The most variables, operands and places for results of blocks.
    pub values: u32,
    /// The most slots.
    pub slots: u32,
    /// How deep blocks are nested.
    pub nesting: u32,
    /// How many steps the compiler takes.
    pub steps: u64,
}

unsafe extern "C" {
    /// Makes a module of empty items, with a stack of so many slots of four bytes. Null without memory.
    #[link_name = "aingle_wasm3_new"]
    pub fn new(counts: *const Counts, stack_slots: u32) -> *mut Module;
    /// Frees a module and all that it has.
    #[link_name = "aingle_wasm3_free"]
    pub fn free(module: *mut Module);
    /// Sets a type, those before it being set; `result` is 0 for none.
    #[link_name = "aingle_wasm3_set_type"]
    pub fn set_type(module: *mut Module, at: u32, params: *const u8, params_len: u32, result: u8) -> Result;
    /// Sets a function. Its bytes, the length before them included, must outlive the module; none for an import.
    #[link_name = "aingle_wasm3_set_function"]
    pub fn set_function(module: *mut Module, at: u32, ty: u32, wasm: *const u8, end: *const u8) -> Result;
    /// Sets a global.
    #[link_name = "aingle_wasm3_set_global"]
    pub fn set_global(module: *mut Module, at: u32, ty: u8, mutable: bool, bits: u64) -> Result;
    /// Sets an element of the table.
    #[link_name = "aingle_wasm3_set_element"]
    pub fn set_element(module: *mut Module, at: u32, function: u32) -> Result;
    /// Allocates the memory: as many pages, or `limit` bytes if that is less. Must be called before anything runs.
    #[link_name = "aingle_wasm3_set_memory"]
    pub fn set_memory(module: *mut Module, pages: u32, max_pages: u32, limit: u32) -> Result;
    /// Validates a function that is not imported. Types, functions and globals are set, and stay so.
    #[link_name = "aingle_wasm3_validate"]
    pub fn validate(module: *mut Module, function: u32, requirements: *mut Requirements) -> Result;
    /// Links an import to a host function.
    #[link_name = "aingle_wasm3_link"]
    pub fn link(module: *mut Module, import: u32, call: RawCall, userdata: *mut c_void) -> Result;
    /// Compiles a function that is valid, unless it is compiled. Blocks in one another may take so many bytes of native
    /// stack, counted from here.
    #[link_name = "aingle_wasm3_compile"]
    pub fn compile(module: *mut Module, function: u32, native_stack: u32) -> Result;
    /// Gives the code of all functions back, that of imports too. Nothing of the module may be running.
    #[link_name = "aingle_wasm3_forget_code"]
    pub fn forget_code(module: *mut Module);
    /// Calls a function of at most two parameters of 32 bits and at most one result. Calls of the guest, and the
    /// compilation of blocks in one another, stop where they have taken so many bytes of native stack, counted from here.
    #[link_name = "aingle_wasm3_call"]
    pub fn call(
        module: *mut Module,
        function: u32,
        arguments: *const u32,
        native_stack: u32,
        result: *mut u64,
    ) -> Result;
    /// The memory, and its size in bytes. Null before it was set.
    #[link_name = "aingle_wasm3_memory"]
    pub fn memory(runtime: *mut Runtime, size: *mut usize) -> *mut u8;
    /// The runtime of a module.
    #[link_name = "aingle_wasm3_runtime"]
    pub fn runtime(module: *mut Module) -> *mut Runtime;
    /// The value of a global, if it is mutable and of this type; else null.
    #[link_name = "aingle_wasm3_global"]
    pub fn global(module: *mut Module, at: u32, ty: u8) -> *mut c_void;
    /// By how many pages the memory would have grown, if its last growth was refused, else 0; and the pages that it has.
    #[cfg(feature = "refused-growth")]
    #[link_name = "aingle_wasm3_refused"]
    pub fn refused(module: *mut Module, pages: *mut u32) -> u32;
    /// Forgets growth that was refused.
    #[cfg(feature = "refused-growth")]
    #[link_name = "aingle_wasm3_forget_refused"]
    pub fn forget_refused(module: *mut Module);
}
