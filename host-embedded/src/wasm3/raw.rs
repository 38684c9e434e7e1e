//! Where guest and host meet: the cell that both use, and the promise of a caller.

use super::Wasm3;
use super::config::Wasm3Config;
use super::sys::{Core, memory};
use crate::{Host, LoadError};
use alloc::boxed::Box;
use core::ffi::c_void;
use core::ptr::{self, NonNull};
use wasm3_sys as ffi;

impl Wasm3 {
    /// wasm3 without validation, for devices whose flash has no room for it.
    ///
    /// Segments, memory, table, imports and the bounds of the native stack are still checked; code is not.
    ///
    /// # Safety
    /// Every module that is loaded with it was validated before, by this crate with its feature
    /// `validate`, and has not changed since. wasm3 corrupts memory over modules that are not valid, and
    /// over some that are.
    #[must_use]
    pub const unsafe fn trusting(config: Wasm3Config) -> Self {
        Self { config, vouched: true }
    }
}

/// The host functions of an instance, where the C code finds them.
pub(super) struct HostCell<S> {
    host: NonNull<Host<S>>,
    /// One for each import: what its host function is given as a cookie.
    imports: NonNull<[ImportCell<S>]>,
}

struct ImportCell<S> {
    host: NonNull<Host<S>>,
    index: u32,
    /// How many pages the memory had when it was last looked at.
    pages: u32,
}

// SAFETY: the cell owns what it points to.
unsafe impl<S: Send> Send for HostCell<S> where Host<S>: Send {}

impl<S> Drop for HostCell<S> {
    fn drop(&mut self) {
        // SAFETY: both came from boxes, and the instance drops its core, which knows them too, first.
        unsafe {
            drop(Box::from_raw(self.imports.as_ptr()));
            drop(Box::from_raw(self.host.as_ptr()));
        }
    }
}

impl<S> HostCell<S> {
    pub fn new(host: Host<S>, imports: u32, pages: u32) -> Self {
        let host = NonNull::from(Box::leak(Box::new(host)));
        let imports = (0..imports).map(|index| ImportCell { host, index, pages }).collect::<Box<[_]>>();
        Self { host, imports: NonNull::from(Box::leak(imports)) }
    }

    /// Links every import of a module to the host. The cell must outlive the module.
    pub fn link(&self, core: &mut Core<'_>) -> Result<(), LoadError> {
        for index in 0..self.imports.len() {
            // SAFETY: the index is in bounds, and `call_host` may be called with such a cell while the
            // instance that has both is calling the guest.
            unsafe {
                let cell = self.imports.as_ptr().cast::<ImportCell<S>>().add(index);
                core.link(index as u32, call_host::<S>, cell.cast())?;
            }
        }
        Ok(())
    }

    pub fn get(&self) -> &Host<S> {
        // SAFETY: the host lives as long as the cell. It is changed through `get_mut` and by a call of the
        // guest only, and the instance allows neither while it lends this out.
        unsafe { self.host.as_ref() }
    }

    pub fn get_mut(&mut self) -> &mut Host<S> {
        // SAFETY: as above; `&mut self` keeps everyone else out.
        unsafe { self.host.as_mut() }
    }
}

/// What wasm3 calls for an import: arguments and result share the first slot. A panic of the host function
/// ends the process, because it cannot pass through C.
///
/// # Safety
/// wasm3 calls it with its own runtime and stack, and with a cookie of [`HostCell::link`].
unsafe extern "C" fn call_host<S>(
    runtime: ffi::IM3Runtime,
    stack: *mut u64,
    _memory: *mut c_void,
    cookie: *mut c_void,
) -> *const c_void {
    // SAFETY: the cookie is a cell, its host lives, and nothing else uses either, because the instance is
    // borrowed for the call that led here. The memory is the runtime's, which waits for this function.
    unsafe {
        let cell = cookie.cast::<ImportCell<S>>();
        let pages = (*runtime).memory.numPages;
        if pages < (*cell).pages {
            return ffi::m3Err_trapOutOfBoundsMemoryAccess.cast();
        }
        (*cell).pages = pages;
        let (ptr, len) = (stack.cast::<u32>().read(), stack.add(1).cast::<u32>().read());
        let host = &mut *(*cell).host.as_ptr();
        stack.write(host.dispatch(memory(runtime), (*cell).index, ptr, len));
    }
    ptr::null()
}
