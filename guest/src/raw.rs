//! The guest's edge to WebAssembly: addresses, imports, exports, the panic handler.
//!
//! All unsafe code of this crate is here and in `raw/`.
#![allow(unsafe_code)]

use core::any::TypeId;

mod block;
#[cfg(all(target_family = "wasm", target_os = "none"))]
mod heap;
#[cfg(all(target_family = "wasm", target_os = "none"))]
mod mem;
#[cfg(target_family = "wasm")]
mod wasm;

pub(crate) use block::Block;

/// The import behind a host function: `(ptr, len)` of the request to the packed response.
pub type ImportFn = unsafe extern "C" fn(u32, u32) -> u64;

/// The address of a buffer, as the host knows it; 0 for an empty one.
pub(crate) fn address(bytes: &[u8]) -> u32 {
    if bytes.is_empty() { 0 } else { bytes.as_ptr().expose_provenance() as u32 }
}

/// A slice of bytes as one of `T`, when `T` is `u8`.
pub(crate) fn same_slice<T: 'static>(bytes: &[u8]) -> Option<&[T]> {
    if TypeId::of::<T>() != TypeId::of::<u8>() {
        return None;
    }
    // SAFETY: `T` is `u8`, so pointer, length, lifetime and contents are those of a `[T]`.
    Some(unsafe { core::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) })
}

/// Returns whether a slice of `T` travels with its layout in memory.
pub(crate) fn is_plain<T: 'static>() -> bool {
    let float = TypeId::of::<T>() == TypeId::of::<f32>() || TypeId::of::<T>() == TypeId::of::<f64>();
    float && cfg!(target_endian = "little")
}

/// Bytes as plain items, as many as they are.
pub(crate) fn plain_slice<T: 'static>(bytes: &[u8]) -> Option<&[T]> {
    if !is_plain::<T>() || !bytes.as_ptr().cast::<T>().is_aligned() {
        return None;
    }
    // SAFETY: a plain `T` is a float, which all bytes are, and they are aligned for it.
    Some(unsafe { core::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len() / size_of::<T>()) })
}

/// Bytes as a text, if they are one.
///
/// Most texts are of ASCII alone, and on an interpreter that compiles what runs, these spare the
/// memory for the rest of UTF-8.
pub(crate) fn text(bytes: &[u8]) -> Option<&str> {
    if bytes.is_ascii() {
        // SAFETY: ASCII is UTF-8.
        return Some(unsafe { core::str::from_utf8_unchecked(bytes) });
    }
    core::str::from_utf8(bytes).ok()
}

/// Uses what is pointed to, so that no compiler and no linker leaves it out.
#[inline(always)]
pub(crate) fn touch(anchor: &'static u8) {
    // SAFETY: a reference can be read from.
    unsafe { core::ptr::from_ref(anchor).read_volatile() };
}

/// Calls an import of the ABI.
///
/// # Safety
/// `import` is an import of the ABI: it reads the request, and writes only the response buffer that
/// the control block publishes.
pub(crate) unsafe fn call_import(import: ImportFn, request: &[u8]) -> u64 {
    let (ptr, len) = (address(request), request.len() as u32);
    // SAFETY: by this function's contract; the request is borrowed while the host reads it.
    unsafe { import(ptr, len) }
}

#[cfg(target_family = "wasm")]
pub(crate) use wasm::{fetch, log_import, with_runtime};

/// Off WebAssembly there is no host: every call of this function has a runtime of its own, and a
/// native test of an exported function calls the function itself.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn with_runtime<T>(run: impl FnOnce(&crate::runtime::Runtime) -> T) -> T {
    run(&crate::runtime::Runtime::new())
}

/// Off WebAssembly there is nothing to fetch.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn fetch(_room: &mut [u8]) -> u64 {
    0
}
