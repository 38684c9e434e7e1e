//! Crossing to the host, and fetching what it did not write.

use super::Place;
use crate::buffer::Buffer;

/// The import behind a host function: `(ptr, len)` of the request to the packed response.
pub type ImportFn = unsafe extern "C" fn(u32, u32) -> u64;

/// Uses what is pointed to, so that no compiler and no linker leaves it out.
#[inline(always)]
pub(crate) fn touch(anchor: &'static u8) {
    // SAFETY: a reference can be read from.
    unsafe { core::ptr::from_ref(anchor).read_volatile() };
}

/// Calls an import of the ABI, which reads `request` and writes `buffer`, or nothing.
///
/// # Safety
/// `import` is an import of the ABI: it reads the request, and writes only the response buffer that the control block
/// publishes. That is `buffer`.
pub(crate) unsafe fn call_import(import: ImportFn, request: &[u8], _buffer: &mut Buffer) -> u64 {
    let Place { ptr, len } = Place::to_read(request);
    // SAFETY: by this function's contract. The request is borrowed while the host reads it. The response buffer is borrowed
    // by `&mut` while the host writes its bytes, so that no reference to them is alive.
    unsafe { import(ptr, len) }
}

/// Has the host copy the response that waits, of `len` bytes, into `buffer`. Says whether it did.
pub(crate) fn fetch_into(buffer: &mut Buffer, len: u32) -> bool {
    let Place { ptr, len: fits } = buffer.for_host();
    // SAFETY: the import writes `len` bytes at `ptr`, which are there. The response buffer is borrowed by `&mut` meanwhile, so
    // that no reference to them is alive.
    len <= fits && unsafe { fetch_import(ptr, len) } != 0
}

#[cfg(target_family = "wasm")]
#[link(wasm_import_module = "env")]
unsafe extern "C" {
    #[link_name = "__aingle_fetch"]
    fn fetch_import(ptr: u32, len: u32) -> u64;
}

/// Off WebAssembly there is nothing to fetch.
#[cfg(not(any(target_family = "wasm", test)))]
unsafe fn fetch_import(_ptr: u32, _len: u32) -> u64 {
    0
}

#[cfg(test)]
use super::test_host::fetch_import;
