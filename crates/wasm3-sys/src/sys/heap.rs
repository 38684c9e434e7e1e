//! What wasm3, being C, expects of the system: an allocator, on the heap that Rust has, and an end.

use alloc::alloc::{alloc, alloc_zeroed, dealloc};
use core::alloc::Layout;
use core::ffi::c_void;
use core::ptr::null_mut;

/// Where an allocation's size is kept, before it. As large as the strictest alignment that C asks for.
const HEADER: usize = 8;

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEADER)?, HEADER).ok()
}

fn allocate(size: usize, allocator: unsafe fn(Layout) -> *mut u8) -> *mut c_void {
    let Some(layout) = layout(size) else { return null_mut() };
    // SAFETY: a layout with a header is not empty.
    let base = unsafe { allocator(layout) };
    if base.is_null() {
        return null_mut();
    }
    // SAFETY: the allocation begins with a header, aligned for a `usize`.
    unsafe {
        base.cast::<usize>().write(size);
        base.add(HEADER).cast()
    }
}

/// The size that was asked for, and where the allocation really begins.
///
/// # Safety
/// `pointer` comes from `allocate`.
unsafe fn header(pointer: *mut c_void) -> (usize, *mut u8) {
    // SAFETY: the header lies before what was handed out.
    unsafe {
        let base = pointer.cast::<u8>().sub(HEADER);
        (base.cast::<usize>().read(), base)
    }
}

// SAFETY, of all names below: the program defines these symbols of C once, with C's signatures and
// C's meaning. Nothing else in it does; newlib's own are left out by the linker.

#[unsafe(no_mangle)]
extern "C" fn malloc(size: usize) -> *mut c_void {
    allocate(size, alloc)
}

#[unsafe(no_mangle)]
extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    count.checked_mul(size).map_or(null_mut(), |size| allocate(size, alloc_zeroed))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(old: *mut c_void, size: usize) -> *mut c_void {
    let new = malloc(size);
    if old.is_null() || new.is_null() {
        return new;
    }
    // SAFETY: C promises that `old` came from here; the two do not overlap, and both hold what is
    // copied.
    unsafe {
        let (old_size, _) = header(old);
        new.cast::<u8>().copy_from_nonoverlapping(old.cast(), old_size.min(size));
        free(old);
    }
    new
}

#[unsafe(no_mangle)]
unsafe extern "C" fn free(pointer: *mut c_void) {
    if pointer.is_null() {
        return;
    }
    // SAFETY: C promises that `pointer` came from here, and is freed once; its layout is the one
    // that it was allocated with.
    unsafe {
        let (size, base) = header(pointer);
        if let Some(layout) = layout(size) {
            dealloc(base, layout);
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn abort() -> ! {
    panic!("C code called abort")
}

/// The C library has no heap of its own.
#[unsafe(no_mangle)]
extern "C" fn _sbrk(_increment: isize) -> *mut c_void {
    null_mut::<c_void>().wrapping_sub(1)
}
