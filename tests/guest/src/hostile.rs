//! What a guest should not do.

use aingle_wasm_guest::prelude::*;
use alloc::vec::Vec;
use core::hint::black_box;

/// Loops for ever.
#[export]
pub fn spin() -> u32 {
    let mut turns = 0_u32;
    loop {
        turns = black_box(turns.wrapping_add(1));
        if turns == u32::MAX {
            turns = 0;
        }
    }
}

/// Calls itself for ever.
#[export]
pub fn recurse(depth: u64) -> u64 {
    if black_box(depth) == u64::MAX {
        return 0;
    }
    black_box(recurse(black_box(depth + 1))) + 1
}

/// Takes memory for ever.
#[export]
pub fn hoard() -> u64 {
    let mut hoarded: Vec<Vec<u8>> = Vec::new();
    loop {
        hoarded.push(black_box(Vec::with_capacity(16 * 1024)));
    }
}

/// Panics.
#[export]
pub fn fail(message: &str) {
    panic!("{message}");
}

/// Reads behind the end of its memory.
#[export]
pub fn wander(address: u32) -> u8 {
    #[cfg(target_arch = "wasm32")]
    // SAFETY: WebAssembly traps outside memory, which is what this function is for.
    return unsafe { core::ptr::with_exposed_provenance::<u8>(address as usize).read_volatile() };
    #[cfg(not(target_arch = "wasm32"))]
    (address as u8)
}

/// Ends without a word.
#[export]
pub fn abort() {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
}

/// Returns a place of the caller's choice, in eight bytes: pointer, then length.
#[no_mangle]
pub extern "C" fn lie(ptr: u32, len: u32) -> u64 {
    match host_args(ptr, len).map(|input| <[u8; 8]>::try_from(&*input)) {
        Ok(Ok([p0, p1, p2, p3, l0, l1, l2, l3])) => {
            let _ = return_ok(b"a reply that nobody reads");
            u64::from(u32::from_le_bytes([p0, p1, p2, p3])) << 32
                | u64::from(u32::from_le_bytes([l0, l1, l2, l3]))
        }
        _ => 0,
    }
}

/// Replies with the bytes of the request where an envelope should be.
#[no_mangle]
pub extern "C" fn forge(ptr: u32, len: u32) -> u64 {
    let Ok(input) = host_args(ptr, len) else { return 0 };
    // The forged envelope lies behind the header of a reply that is well formed.
    let packed = return_ok(&input);
    let (ptr, len) = ((packed >> 32) + 12, (packed & 0xffff_ffff).saturating_sub(12));
    ptr << 32 | len
}

/// Replies with nothing.
#[no_mangle]
pub extern "C" fn silence(ptr: u32, len: u32) -> u64 {
    let _ = host_args(ptr, len);
    let _ = return_ok([]);
    0
}
