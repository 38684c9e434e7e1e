//! A module in wasm3, through raw pointers.
//!
//! Of wasm3 the validation of functions, the compiler and the interpreter are used. Its loader is not: on 32 bits it takes
//! lengths that wrap. A module is put together from a [`Layout`] instead, by functions that check every index.

use super::checked::CheckedModule;
use super::layout::{Global, Layout};
use super::outcome::{load_error_of, trap_of};
use crate::limits::Places;
use crate::{LoadError, Trap};
use aingle_wasm_host_core::{Module, Signature};
use aingle_wasm_wasm3_sys as ffi;
use core::ffi::{CStr, c_char, c_void};
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use core::slice;

/// The bytes of a slot of wasm3's stack.
pub(super) const SLOT: u32 = 4;

/// A module in a runtime of its own in an environment of its own.
///
/// An environment holds the function types and the released code pages of its runtimes and has no lock.
/// One that lived for ever would have to be shared between threads, or to have one, and would grow with
/// every new function type. One for each runtime, freed after it, has neither trouble and leaks nothing.
pub(super) struct Core<'m> {
    module: NonNull<ffi::Module>,
    /// The functions' code is in the module's bytes.
    wasm: PhantomData<&'m [u8]>,
}

// SAFETY: what the pointer reaches belongs to this value alone, and the C code keeps nothing in a thread.
unsafe impl Send for Core<'_> {}

impl Drop for Core<'_> {
    fn drop(&mut self) {
        // SAFETY: it came from `new`, and nothing else frees it.
        unsafe { ffi::free(self.module.as_ptr()) }
    }
}

/// Why a function is not validated.
pub(super) enum Invalid {
    /// It has an opcode, or what follows one, of a later feature.
    Opcode,
    /// It is too large for the tables of the validation.
    TooLarge(&'static str),
    /// Anything else.
    Other,
}

impl<'m> Core<'m> {
    /// Puts a module together. It has no memory yet, its imports are not linked, its functions are not validated.
    pub fn new(
        module: Module<'m>,
        layout: &Layout<'m>,
        checked: &CheckedModule,
        stack_slots: u32,
    ) -> Result<Self, LoadError> {
        let imports = module.imports().count() as u32;
        let functions = imports.checked_add(layout.functions().left()?).ok_or(LoadError::OutOfMemory)?;
        let counts = ffi::Counts {
            types: layout.types().left()?,
            functions,
            imports,
            globals: layout.globals().left()?,
            elements: checked.elements,
            has_table: layout.table()?.is_some(),
            has_memory: layout.memory()?.is_some(),
        };
        // SAFETY: the counts are read during the call only.
        let new = unsafe { ffi::new(&raw const counts, stack_slots) };
        let core = Self { module: NonNull::new(new).ok_or(LoadError::OutOfMemory)?, wasm: PhantomData };
        core.set_types(layout)?;
        core.set_functions(module, layout, functions - imports)?;
        core.set_globals(layout)?;
        core.set_elements(layout)?;
        Ok(core)
    }

    fn set_types(&self, layout: &Layout<'m>) -> Result<(), LoadError> {
        for (at, ty) in (0..).zip(layout.types()) {
            let ty = ty?;
            let (params, result) = (ty.params, ty.result.unwrap_or(0));
            // SAFETY: the module is alive. The parameters are as many bytes as is said, and are copied.
            load_error(unsafe {
                ffi::set_type(self.module.as_ptr(), at, params.as_ptr(), params.len() as u32, result)
            })?;
        }
        Ok(())
    }

    fn set_functions(&self, module: Module<'m>, layout: &Layout<'m>, own: u32) -> Result<(), LoadError> {
        let mut at = 0;
        let mut set = |ty: u32, code: &'m [u8]| {
            let code = code.as_ptr_range();
            // SAFETY: the module is alive. The code outlives it, by the lifetime `'m`.
            let set = unsafe { ffi::set_function(self.module.as_ptr(), at, ty, code.start, code.end) };
            at += 1;
            load_error(set)
        };
        for import in module.imports() {
            set(import.ty.unwrap_or(u32::MAX), &[])?;
        }
        if layout.bodies().left()? != own {
            return Err(LoadError::Engine { reason: "functions without code" });
        }
        for (ty, body) in layout.functions().zip(layout.bodies()) {
            set(ty?, body?.code)?;
        }
        Ok(())
    }

    fn set_globals(&self, layout: &Layout<'m>) -> Result<(), LoadError> {
        for (at, global) in (0..).zip(layout.globals()) {
            let Global { ty, mutable, bits } = global?;
            // SAFETY: the module is alive.
            load_error(unsafe { ffi::set_global(self.module.as_ptr(), at, ty, mutable, bits) })?;
        }
        Ok(())
    }

    fn set_elements(&self, layout: &Layout<'m>) -> Result<(), LoadError> {
        for element in layout.elements() {
            let element = element?;
            for (at, function) in (u64::from(element.offset)..).zip(element.functions()) {
                // SAFETY: the module is alive.
                load_error(unsafe { ffi::set_element(self.module.as_ptr(), at as u32, function?) })?;
            }
        }
        Ok(())
    }

    /// Validates a function that is not imported, and counts what the compiler needs for it.
    pub fn validate(&mut self, function: u32, requirements: &mut ffi::Requirements) -> Result<(), Invalid> {
        // SAFETY: the module is alive, and the requirements are written during the call only. A function without code is one of
        // no bytes, which the validation refuses.
        let result = unsafe { ffi::validate(self.module.as_ptr(), function, requirements) };
        match text(result) {
            None => Ok(()),
            Some("unknown opcode") => Err(Invalid::Opcode),
            Some(reason @ "compiling function overran its stack height limit") => {
                Err(Invalid::TooLarge(reason))
            }
            Some(_) => Err(Invalid::Other),
        }
    }

    /// Allocates the memory. One without pages has a header, which the interpreter needs.
    pub fn set_memory(&mut self, checked: &CheckedModule) -> Result<(), LoadError> {
        let CheckedModule { pages, max_pages, memory_limit, .. } = *checked;
        // SAFETY: the module is alive, and nothing of it has run.
        load_error(unsafe { ffi::set_memory(self.module.as_ptr(), pages, max_pages, memory_limit) })
    }

    /// Links an import to a host function.
    ///
    /// # Safety
    /// `call` may be called with `cookie` as long as this value lives.
    pub unsafe fn link(&mut self, at: u32, call: ffi::RawCall, cookie: *mut c_void) -> Result<(), LoadError> {
        // SAFETY: the module is alive; the caller guarantees the rest.
        load_error(unsafe { ffi::link(self.module.as_ptr(), at, call, cookie) })
    }

    /// Compiles a function, unless it is compiled. It may take so many bytes of native stack.
    pub fn compile(&mut self, at: u32, native_stack: u32) -> Result<(), LoadError> {
        // SAFETY: the module is alive, and its functions are valid.
        load_error(unsafe { ffi::compile(self.module.as_ptr(), at, native_stack) })
    }

    /// Gives the code of all functions back, that of imports too: they are to be linked again.
    pub fn forget_code(&mut self) {
        // SAFETY: the module is alive, and nothing of it is being executed: a host function cannot reach this value.
        unsafe { ffi::forget_code(self.module.as_ptr()) }
    }

    /// Calls a function, which is compiled if it is not. Its calls may take so many bytes of native stack.
    pub fn call(
        &mut self,
        at: u32,
        signature: Signature,
        arguments: [u32; 2],
        native_stack: u32,
    ) -> Result<u64, Trap> {
        let mut result = 0;
        // SAFETY: the module is alive and valid, its imports are linked, it has its memory, and nothing of it is being
        // executed: a host function cannot reach this value. The function has the signature, which `find` compared.
        let outcome =
            unsafe { ffi::call(self.module.as_ptr(), at, arguments.as_ptr(), native_stack, &raw mut result) };
        text(outcome).map_or(Ok(()), |text| Err(trap_of(text)))?;
        Ok(match signature {
            Signature::Entry => result,
            Signature::Allocate | Signature::Address => u64::from(result as u32),
            Signature::Deallocate | Signature::Unit => 0,
        })
    }

    /// The counters of a module that carries limits, if they are there: mutable globals of their types.
    pub fn counters(&mut self, places: Places) -> Option<(&mut i64, &mut i32)> {
        let fuel = self.fuel_place(places)?;
        let depth = self.global(places.depth, 0x7f)?.cast::<i32>();
        // SAFETY: two globals, as their types differ, of the live module; each holds a value of its type,
        // for which its union has room and is aligned. While `self` is borrowed nothing runs.
        unsafe { Some((&mut *fuel, &mut *depth.as_ptr())) }
    }

    /// Where the fuel of a module that carries limits is.
    pub fn fuel_place(&self, places: Places) -> Option<*mut i64> {
        Some(self.global(places.fuel, 0x7e)?.cast::<i64>().as_ptr())
    }

    /// The value of a global, if it is mutable and of this type.
    fn global(&self, at: u32, ty: u8) -> Option<NonNull<c_void>> {
        // SAFETY: the module is alive.
        NonNull::new(unsafe { ffi::global(self.module.as_ptr(), at, ty) })
    }

    /// The size that the memory would have, in bytes, if its last growth was refused.
    #[cfg(feature = "out-of-memory")]
    pub fn refused(&mut self) -> Option<u64> {
        let mut pages = 0;
        // SAFETY: the module is alive, and the pages are written during the call only.
        let more = unsafe { ffi::refused(self.module.as_ptr(), &raw mut pages) };
        (more != 0).then(|| crate::growth::PAGE * (u64::from(pages) + u64::from(more)))
    }

    /// Forgets growth that was refused.
    #[cfg(feature = "out-of-memory")]
    pub fn forget_refused(&mut self) {
        // SAFETY: the module is alive.
        unsafe { ffi::forget_refused(self.module.as_ptr()) }
    }

    pub fn memory(&mut self) -> &mut [u8] {
        // SAFETY: the module is alive and not running, so that nothing else uses its memory.
        unsafe { memory(ffi::runtime(self.module.as_ptr())) }
    }
}

/// The memory of a runtime.
///
/// # Safety
/// The runtime lives, and nothing else uses its memory, for `'a`.
pub(super) unsafe fn memory<'a>(runtime: *mut ffi::Runtime) -> &'a mut [u8] {
    let mut len = 0;
    // SAFETY: the caller says so. A memory that is not null is as long as is said.
    unsafe {
        let start = ffi::memory(runtime, &raw mut len);
        if start.is_null() { &mut [] } else { slice::from_raw_parts_mut(start, len) }
    }
}

/// The text of one of wasm3's results; `None` for success.
fn text(result: *const c_char) -> Option<&'static str> {
    // SAFETY: every result of the functions above is null or a text, which ends with a null byte and is never changed or
    // freed.
    let text = unsafe { ptr::NonNull::new(result.cast_mut()).map(|result| CStr::from_ptr(result.as_ptr())) };
    text.map(|text| text.to_str().unwrap_or_default())
}

fn load_error(result: ffi::Result) -> Result<(), LoadError> {
    text(result).map_or(Ok(()), |text| Err(load_error_of(text)))
}
