//! wasm3's C structs, filled and used through raw pointers.
//!
//! Of wasm3 only the compiler and the interpreter are used. Its loader is not: it copies names to the
//! heap, lets a segment with a negative offset corrupt memory, shrinks tables, runs the start function
//! before anything is linked, and frees twice when it runs out of memory. What it would leave in its
//! structs is put there from a [`Layout`] instead.

use super::accepted::Accepted;
use super::layout::{Body, FunctionType, Global, Layout};
use super::outcome::{load_error_of, trap_of};
use super::types::Types;
use crate::limits::Places;
use crate::{LoadError, Trap};
use aingle_wasm_host_core::Signature;
use core::ffi::{CStr, c_char, c_void};
use core::marker::PhantomData;
use core::mem::size_of;
use core::ptr::{self, NonNull};
use core::slice;
use wasm3_sys as ffi;

/// How many slots the compiler can give to one function.
pub(super) const SLOTS: usize = len(|o| &o.m3Slots);
/// How many parameters, locals and values the compiler can track at once.
#[cfg(feature = "validate")]
pub(super) const STACK_HEIGHT: usize = len(|o| &o.typeStack);
/// How many slots are set apart for constants, at most.
pub(super) const CONSTANTS: usize = len(|o| &o.constants);

const fn len<T, const N: usize>(_: fn(&ffi::M3Compilation) -> &[T; N]) -> usize {
    N
}

/// The bytes of a page of memory.
pub(super) const PAGE: u64 = 65_536;

const SLOT: usize = size_of::<ffi::m3slot_t>();

// With slots of 32 bits the compiler of this version marks half of the slot of a call's 64-bit result as
// free, confuses indices of slots and of locals, and writes past its tables.
const _: () = assert!(SLOT == 8, "wasm3-sys must be built without its feature `use-32bit-slots`");

const NAME: &CStr = c"guest";
const ENTRY: &CStr = c"I(ii)";

unsafe extern "C" {
    /// Not in wasm3's headers. `m3_LinkRawFunctionEx` finds functions by name and misses the second of two
    /// imports of one name, which then crashes when it is called through the table.
    fn LinkRawFunctionEx(
        module: ffi::IM3Module,
        function: ffi::IM3Function,
        signature: *const c_char,
        call: *const c_void,
        cookie: *mut c_void,
    ) -> ffi::M3Result;
}

/// A module in a runtime of its own in an environment of its own.
///
/// An environment holds the function types and the released code pages of its runtimes and has no lock.
/// One that lived for ever would have to be shared between threads, or to have one, and would grow with
/// every new function type. One for each runtime, freed after it, has neither trouble and leaks nothing.
pub(super) struct Core<'m> {
    environment: NonNull<ffi::M3Environment>,
    runtime: NonNull<ffi::M3Runtime>,
    /// Belongs to the runtime, which frees it.
    module: NonNull<ffi::M3Module>,
    /// The functions' code lies in the module's bytes.
    wasm: PhantomData<&'m [u8]>,
}

// SAFETY: what the pointers reach belongs to this value alone, and the C code keeps nothing in a thread.
unsafe impl Send for Core<'_> {}

impl Drop for Core<'_> {
    fn drop(&mut self) {
        // SAFETY: both came from wasm3, and nothing else frees them. The runtime puts its code pages into
        // the environment, so it goes first.
        unsafe {
            ffi::m3_FreeRuntime(self.runtime.as_ptr());
            ffi::m3_FreeEnvironment(self.environment.as_ptr());
        }
    }
}

impl<'m> Core<'m> {
    /// Loads a module. Its imports are not linked, and nothing has run.
    pub fn load(accepted: &Accepted<'m>) -> Result<Self, LoadError> {
        let mut core = Self::new(accepted.stack_slots, accepted.stack_reserve)?;
        let layout = &accepted.layout;
        core.set_types(&accepted.types)?;
        core.set_functions(accepted)?;
        core.set_globals(layout)?;
        core.set_table(accepted.table, layout)?;
        core.set_memory(accepted.pages, accepted.max_pages, accepted.memory_limit)?;
        Ok(core)
    }

    /// An empty module. `reserve` more slots than the stack has are allocated: wasm3 checks its stack when
    /// a function is entered, and does not count all that this function then writes.
    fn new(slots: u32, reserve: u32) -> Result<Self, LoadError> {
        let bytes = (slots + reserve).checked_mul(SLOT as u32).ok_or(LoadError::OutOfMemory)?;
        // SAFETY: no argument is a pointer but the environment, which is not null. A module is valid when
        // it is zero but for what is set here.
        unsafe {
            let environment = NonNull::new(ffi::m3_NewEnvironment()).ok_or(LoadError::OutOfMemory)?;
            let runtime = NonNull::new(ffi::m3_NewRuntime(environment.as_ptr(), bytes, ptr::null_mut()));
            let Some(runtime) = runtime else {
                ffi::m3_FreeEnvironment(environment.as_ptr());
                return Err(LoadError::OutOfMemory);
            };
            let module = match allocate::<ffi::M3Module>(1) {
                Ok(module) => module,
                Err(error) => {
                    ffi::m3_FreeRuntime(runtime.as_ptr());
                    ffi::m3_FreeEnvironment(environment.as_ptr());
                    return Err(error);
                }
            };
            (*runtime.as_ptr()).numStackSlots = slots;
            (*runtime.as_ptr()).modules = module.as_ptr();
            (*module.as_ptr()).runtime = runtime.as_ptr();
            (*module.as_ptr()).environment = environment.as_ptr();
            (*module.as_ptr()).name = NAME.as_ptr();
            (*module.as_ptr()).startFunction = -1;
            Ok(Self { environment, runtime, module, wasm: PhantomData })
        }
    }

    fn set_types(&mut self, all: &Types<'m>) -> Result<(), LoadError> {
        let total = all.len() as u32;
        let types = allocate::<ffi::IM3FuncType>(total)?;
        // SAFETY: the module is alive, and `types` holds as many pointers as it is given; they are null
        // until they are set below.
        unsafe {
            (*self.module.as_ptr()).funcTypes = types.as_ptr();
            (*self.module.as_ptr()).numFuncTypes = total;
        }
        for at in 0..total {
            let first = all.first(at)?;
            let ty = match all.get(at) {
                // SAFETY: the first of equal types has at most this one's index, and was written before it.
                _ if first < at => unsafe { types.add(first as usize).read() },
                Some(ty) => self.add_type(ty)?,
                None => ptr::null_mut(),
            };
            // SAFETY: the index is below `total`.
            unsafe { types.add(at as usize).write(ty) };
        }
        Ok(())
    }

    /// Puts a type into the environment, which holds equal types once: it has none that equals this one.
    fn add_type(&mut self, ty: FunctionType<'_>) -> Result<ffi::IM3FuncType, LoadError> {
        let mut added = ptr::null_mut();
        // SAFETY: `AllocFuncType` gives a struct whose array `argTypes` goes on for as many bytes as were
        // asked for, or an error. The environment then owns it.
        unsafe {
            load_error(ffi::AllocFuncType(&mut added, ty.params.len() as u32))?;
            (*added).numArgs = ty.params.len() as u32;
            (*added).returnType = ty.result.map_or(0, value_type);
            let arguments = (&raw mut (*added).argTypes).cast::<u8>();
            for (at, &param) in ty.params.iter().enumerate() {
                arguments.add(at).write(value_type(param));
            }
            (*added).next = (*self.environment.as_ptr()).funcTypes;
            (*self.environment.as_ptr()).funcTypes = added;
        }
        Ok(added)
    }

    fn set_functions(&mut self, accepted: &Accepted<'m>) -> Result<(), LoadError> {
        let layout = &accepted.layout;
        let imports = accepted.imports().count() as u32;
        let total = imports.checked_add(layout.functions().left()?).ok_or(LoadError::OutOfMemory)?;
        let functions = allocate::<ffi::M3Function>(total)?;
        // SAFETY: the module is alive, and `functions` holds as many zeroed functions as it is told.
        unsafe {
            (*self.module.as_ptr()).functions = functions.as_ptr();
            (*self.module.as_ptr()).numFunctions = total;
            (*self.module.as_ptr()).numImports = imports;
        }
        let imported = accepted.imports().map(|import| Ok(import.ty.unwrap_or(u32::MAX)));
        for (at, ty) in imported.chain(layout.functions()).enumerate() {
            let ty = self.function_type(ty?)?;
            // SAFETY: there are `total` functions. All of them belong to the module.
            unsafe {
                (*functions.as_ptr().add(at)).funcType = ty;
                (*functions.as_ptr().add(at)).module = self.module.as_ptr();
            }
        }
        let mut bodies = imports;
        for body in layout.bodies() {
            self.set_body(bodies, body?)?;
            bodies += 1;
        }
        if bodies == total { Ok(()) } else { Err(LoadError::Engine { reason: "functions without code" }) }
    }

    fn function_type(&self, at: u32) -> Result<ffi::IM3FuncType, LoadError> {
        // SAFETY: the module is alive and has `numFuncTypes` types.
        unsafe {
            let module = self.module.as_ptr();
            if at >= (*module).numFuncTypes {
                return Err(LoadError::Engine { reason: "a function of no type" });
            }
            Ok((*module).funcTypes.add(at as usize).read())
        }
    }

    fn set_body(&mut self, at: u32, body: Body<'m>) -> Result<(), LoadError> {
        let function = self.function(at).ok_or(LoadError::Engine { reason: "code without a function" })?;
        let code = body.code.as_ptr_range();
        // SAFETY: the function belongs to this module. The code outlives it, by the lifetime `'m`.
        unsafe {
            (*function.as_ptr()).wasm = code.start;
            (*function.as_ptr()).wasmEnd = code.end;
            (*function.as_ptr()).numLocals = body.locals;
        }
        Ok(())
    }

    fn set_globals(&mut self, layout: &Layout<'m>) -> Result<(), LoadError> {
        let total = layout.globals().left()?;
        let globals = allocate::<ffi::M3Global>(total)?;
        // SAFETY: the module is alive, and `globals` holds as many zeroed globals as it is told.
        unsafe {
            (*self.module.as_ptr()).globals = globals.as_ptr();
            (*self.module.as_ptr()).numGlobals = total;
        }
        for (at, global) in layout.globals().enumerate() {
            let Global { ty, mutable, bits } = global?;
            // SAFETY: `layout` gives no more than `total` globals.
            unsafe {
                let global = globals.as_ptr().add(at);
                (*global).type_ = value_type(ty);
                (*global).isMutable = mutable;
                let value = &raw mut (*global).__bindgen_anon_1;
                match ty {
                    // The interpreter reads four bytes at the union's address.
                    0x7d | 0x7f => value.cast::<u32>().write(bits as u32),
                    _ => value.cast::<u64>().write(bits),
                }
            }
        }
        Ok(())
    }

    fn set_table(&mut self, len: u32, layout: &Layout<'m>) -> Result<(), LoadError> {
        let table = allocate::<ffi::IM3Function>(len)?;
        // SAFETY: the module is alive, and the table holds as many pointers, all null, as it is told.
        unsafe {
            (*self.module.as_ptr()).table0 = table.as_ptr();
            (*self.module.as_ptr()).table0Size = len;
        }
        for element in layout.elements() {
            let element = element?;
            for (at, function) in (u64::from(element.offset)..).zip(element.functions()) {
                let function = self.function(function?);
                let function = function.ok_or(LoadError::Engine { reason: "a table of no functions" })?;
                if at >= u64::from(len) {
                    return Err(LoadError::Engine { reason: "a segment outside its table" });
                }
                // SAFETY: the place was compared with the table's length just now.
                unsafe { table.add(at as usize).write(function.as_ptr()) };
            }
        }
        Ok(())
    }

    /// Gives the runtime its memory. One without pages has a header, which the interpreter needs.
    fn set_memory(&mut self, pages: u32, max_pages: u32, limit: u32) -> Result<(), LoadError> {
        let runtime = self.runtime.as_ptr();
        // SAFETY: the runtime is alive. `ResizeMemory` allocates the lesser of pages and limit, and writes
        // where the stack ends into the memory's header.
        unsafe {
            (*runtime).memoryLimit = limit;
            (*runtime).memory.maxPages = max_pages;
            load_error(ffi::ResizeMemory(runtime, pages))
        }
    }

    fn function(&self, at: u32) -> Option<NonNull<ffi::M3Function>> {
        // SAFETY: the module is alive and has `numFunctions` functions.
        unsafe {
            let module = self.module.as_ptr();
            (at < (*module).numFunctions)
                .then(|| NonNull::new((*module).functions.add(at as usize)))
                .flatten()
        }
    }

    /// Links an import to a host function.
    ///
    /// # Safety
    /// `call` may be called with `cookie` as long as this value lives.
    pub unsafe fn link(
        &mut self,
        at: u32,
        call: unsafe extern "C" fn(ffi::IM3Runtime, *mut u64, *mut c_void, *mut c_void) -> *const c_void,
        cookie: *mut c_void,
    ) -> Result<(), LoadError> {
        let function = self.function(at).ok_or(LoadError::Engine { reason: "no such import" })?;
        let module = self.module.as_ptr();
        // SAFETY: module and function belong together; the signature is compared with the function's.
        unsafe {
            load_error(LinkRawFunctionEx(
                module,
                function.as_ptr(),
                ENTRY.as_ptr(),
                call as *const c_void,
                cookie,
            ))
        }
    }

    /// Compiles a function, unless it is compiled.
    pub fn compile(&mut self, at: u32) -> Result<(), LoadError> {
        let function = self.function(at).ok_or(LoadError::Engine { reason: "no such function" })?;
        // SAFETY: the function belongs to a module that was accepted, and to a runtime.
        unsafe {
            if !(*function.as_ptr()).compiled.is_null() {
                return Ok(());
            }
            let compiled = load_error(ffi::Compile_Function(function.as_ptr()));
            if compiled.is_err() {
                // wasm3 says that it is compiled before it has made room for its constants.
                forget(function.as_ptr());
            }
            compiled
        }
    }

    /// Gives the code of all functions back, that of imports too: they are to be linked again.
    pub fn forget_code(&mut self) {
        // SAFETY: the module is alive and has `numFunctions` functions. Nothing of this runtime is being executed: a host
        // function cannot reach this value. Only functions point to code in the pages from outside of them, and each is
        // told here that it has none; constants came from wasm3's allocator.
        unsafe {
            let (runtime, module) = (self.runtime.as_ptr(), self.module.as_ptr());
            for at in 0..(*module).numFunctions as usize {
                forget((*module).functions.add(at));
            }
            ffi::FreeCodePages(&raw mut (*runtime).pagesOpen);
            ffi::FreeCodePages(&raw mut (*runtime).pagesFull);
            ((*runtime).numCodePages, (*runtime).numActiveCodePages) = (0, 0);
        }
    }

    /// Calls a function, which is compiled if it is not.
    pub fn call(&mut self, at: u32, signature: Signature, arguments: [u32; 2]) -> Result<u64, Trap> {
        let function = self.function(at).ok_or(Trap::Other)?;
        // SAFETY: the code was compiled from a module that was accepted, and nothing of this runtime is
        // being executed: a host function cannot reach this value. The stack holds at least two slots
        // beside its reserve. The first word of compiled code is its first operation, which is called as
        // wasm3 itself does it.
        unsafe {
            if (*function.as_ptr()).compiled.is_null() {
                trap(ffi::Compile_Function(function.as_ptr()).cast())?;
            }
            let compiled = (*function.as_ptr()).compiled;
            let stack = (*self.runtime.as_ptr()).stack.cast::<u64>();
            for (slot, argument) in arguments.into_iter().enumerate() {
                stack.add(slot).cast::<u32>().write(argument);
            }
            let operation = compiled.cast::<ffi::IM3Operation>().read().ok_or(Trap::Other)?;
            let memory = (*self.runtime.as_ptr()).memory.mallocated;
            let result = operation(compiled.add(1), stack.cast(), memory, 0, 0.0);
            trap(result)?;
            Ok(match signature {
                Signature::Entry => stack.read(),
                Signature::Allocate | Signature::Address => u64::from(stack.cast::<u32>().read()),
                Signature::Deallocate | Signature::Unit => 0,
            })
        }
    }

    /// The counters of a module that carries limits, if they are there: mutable globals of their types.
    pub fn counters(&mut self, places: Places) -> Option<(&mut i64, &mut i32)> {
        let fuel = self.global(places.fuel, 0x7e)?.cast::<i64>();
        let depth = self.global(places.depth, 0x7f)?.cast::<i32>();
        // SAFETY: two globals, as their types differ, of the live module; each holds a value of its type,
        // for which its union has room and is aligned. While `self` is borrowed nothing runs.
        unsafe { Some((&mut *fuel.as_ptr(), &mut *depth.as_ptr())) }
    }

    /// Where the fuel of a module that carries limits is.
    #[cfg(target_has_atomic = "ptr")]
    pub fn fuel_place(&self, places: Places) -> Option<*mut i64> {
        Some(self.global(places.fuel, 0x7e)?.cast::<i64>().as_ptr())
    }

    /// The value of a global, if it is mutable and of this type.
    fn global(&self, at: u32, ty: u8) -> Option<NonNull<c_void>> {
        // SAFETY: the module is alive and has `numGlobals` globals.
        unsafe {
            let module = self.module.as_ptr();
            if at >= (*module).numGlobals {
                return None;
            }
            let global = (*module).globals.add(at as usize);
            let fits = (*global).isMutable && (*global).type_ == value_type(ty);
            fits.then(|| NonNull::new((&raw mut (*global).__bindgen_anon_1).cast())).flatten()
        }
    }

    pub fn memory(&mut self) -> &mut [u8] {
        // SAFETY: the runtime is alive and not running, so that nothing else uses its memory.
        unsafe { memory(self.runtime.as_ptr()) }
    }

    /// How many pages the guest believes to have.
    pub fn pages(&self) -> u32 {
        // SAFETY: the runtime is alive.
        unsafe { (*self.runtime.as_ptr()).memory.numPages }
    }
}

/// The memory of a runtime.
///
/// # Safety
/// The runtime lives, and nothing else uses its memory, for `'a`.
pub(super) unsafe fn memory<'a>(runtime: ffi::IM3Runtime) -> &'a mut [u8] {
    // SAFETY: the header, once allocated, is followed by as many bytes as it says.
    unsafe {
        let Some(header) = NonNull::new((*runtime).memory.mallocated) else { return &mut [] };
        let len = (*header.as_ptr()).length as usize;
        slice::from_raw_parts_mut(header.as_ptr().add(1).cast::<u8>(), len)
    }
}

/// Says that a function is not compiled. Its code in the pages stays there.
///
/// # Safety
/// The function is one of a module that is alive, and is not being executed.
unsafe fn forget(function: ffi::IM3Function) {
    // SAFETY: the caller says so; constants came from wasm3's allocator, or are null, which it accepts.
    unsafe {
        (*function).compiled = ptr::null();
        (*function).numConstantBytes = 0;
        ffi::m3_Free(&raw mut (*function).constants);
    }
}

/// The text of a result; nothing for success.
///
/// # Safety
/// The result came from wasm3, whose texts are constants, or is null.
unsafe fn text(result: *const c_char) -> Option<&'static str> {
    // SAFETY: a result that is not null ends with a null byte and is never changed or freed.
    let text = unsafe { result.as_ref().map(|result| CStr::from_ptr(result)) };
    text.map(|text| text.to_str().unwrap_or_default())
}

/// # Safety
/// As [`text`].
unsafe fn load_error(result: ffi::M3Result) -> Result<(), LoadError> {
    // SAFETY: the caller says so.
    let text = unsafe { text(result.cast()) };
    text.map_or(Ok(()), |text| Err(load_error_of(text)))
}

/// # Safety
/// As [`text`].
unsafe fn trap(result: ffi::m3ret_t) -> Result<(), Trap> {
    // SAFETY: the caller says so.
    let text = unsafe { text(result.cast()) };
    text.map_or(Ok(()), |text| Err(trap_of(text)))
}

/// Zeroed memory, to be freed by wasm3.
fn allocate<T>(total: u32) -> Result<NonNull<T>, LoadError> {
    let bytes = size_of::<T>().checked_mul(total.max(1) as usize).ok_or(LoadError::OutOfMemory)?;
    let mut allocated = ptr::null_mut();
    // SAFETY: `allocated` is where the pointer is written.
    unsafe { load_error(ffi::m3_Malloc(&mut allocated, bytes as ffi::size_t))? };
    NonNull::new(allocated.cast()).ok_or(LoadError::OutOfMemory)
}

/// wasm3's number for a value type.
const fn value_type(binary: u8) -> u8 {
    0x80 - (binary & 0x7f)
}
