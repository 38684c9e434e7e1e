//! What is compiled with a module that has no limits.

/// Leaves the code by a trap.
#[inline(always)]
unsafe fn trap(i: I, code: usize) -> ! {
    // SAFETY: the caller passes its own block.
    unsafe { leave(i, code) }
}

/// Calls an import. The host may end the call: then it does not return.
#[inline(never)]
unsafe fn host(i: I, import: u32, ptr: u32, len: u32) -> u64 {
    // SAFETY: as in `trap`.
    unsafe { ask(i, import, ptr, len) }
}
