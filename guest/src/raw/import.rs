//! Crossing to the host, and fetching what it did not write.

use super::bytes::address;

/// The import behind a host function: `(ptr, len)` of the request to the packed response.
pub type ImportFn = unsafe extern "C" fn(u32, u32) -> u64;

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
#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn __aingle_fetch(ptr: u32, len: u32) -> u64;
}

/// Has the host copy the response that waits into `room`, which is exactly as long.
#[cfg(target_family = "wasm")]
pub(crate) fn fetch_into(room: &mut [u8]) -> u64 {
    // SAFETY: the import writes `len` bytes at `ptr`, which is what `room` lends it.
    unsafe { __aingle_fetch(address(room), room.len() as u32) }
}

/// Off WebAssembly there is nothing to fetch.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn fetch_into(_room: &mut [u8]) -> u64 {
    0
}
