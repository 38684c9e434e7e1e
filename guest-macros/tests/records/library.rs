//! Twenty host functions of which nothing is called as it is, for a guest in another crate: what calls them becomes part
//! of their caller.
#![no_std]
#![deny(unsafe_code, warnings)]

use aingle_wasm_guest::{HostCallError, HostFunction};

/// Typed, and part of whatever calls them.
pub mod inline {
    aingle_wasm_guest::host_externs! {
        #[inline]
        pub fn inline_0(n: u8) -> u16;
        #[inline(always)]
        pub fn inline_1(n: u16) -> u16;
        #[inline]
        pub fn inline_2(n: u32) -> u16;
        #[inline(always)]
        pub fn inline_3(n: u64) -> u16;
        #[inline]
        pub fn inline_4(n: u8) -> u16;
        #[inline(always)]
        pub fn inline_5(n: u16) -> u16;
        #[inline]
        pub fn inline_6(n: u32) -> u16;
        #[inline(always)]
        pub fn inline_7(n: u64) -> u16;
        #[inline]
        pub fn inline_8(n: u8) -> u16;
        #[inline(always)]
        pub fn inline_9(n: u16) -> u16;
    }
}

/// Bytes.
pub mod raw {
    aingle_wasm_guest::host_externs!(
        raw_0, raw_1, raw_2, raw_3, raw_4, raw_5, raw_6, raw_7, raw_8, raw_9,
    );
}

/// Compiled where it is called from.
pub fn any<T>(
    value: T,
    call: impl Fn(T) -> Result<u16, HostCallError>,
) -> u32 {
    call(value).map_or(1000, u32::from) + inline::inline_9(9).map_or(1000, u32::from)
}

/// Part of whatever calls it.
#[inline]
pub fn bytes(function: HostFunction) -> u32 {
    let last = raw::raw_9.call(b"").map_or(1000, |bytes| bytes.len() as u32);
    function.call(b"").map_or(1000, |bytes| bytes.len() as u32) + last
}
