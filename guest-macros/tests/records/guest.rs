//! Calls every host function of both libraries.
#![no_std]
#![deny(unsafe_code, warnings)]

use aingle_wasm_guest::export;
use library::inline::*;
use library::raw::*;
use typed::*;

#[export]
fn call_all(n: u8) -> u32 {
    let mut sum = 0;
    sum += typed_0(n.into()).map_or(1000, u32::from);
    sum += typed_1(n.into()).map_or(1000, u32::from);
    sum += typed_2(n.into()).map_or(1000, u32::from);
    sum += typed_3(n.into()).map_or(1000, u32::from);
    sum += typed_4(n.into()).map_or(1000, u32::from);
    sum += typed_5(n.into()).map_or(1000, u32::from);
    sum += typed_6(n.into()).map_or(1000, u32::from);
    sum += typed_7(n.into()).map_or(1000, u32::from);
    sum += typed_8(n.into()).map_or(1000, u32::from);
    sum += typed_9(n.into()).map_or(1000, u32::from);
    sum += library::any(n, |n| inline_0(n.into()));
    sum += inline_1(n.into()).map_or(1000, u32::from);
    sum += inline_2(n.into()).map_or(1000, u32::from);
    sum += library::any(n, |n| inline_3(n.into()));
    sum += inline_4(n.into()).map_or(1000, u32::from);
    sum += inline_5(n.into()).map_or(1000, u32::from);
    sum += library::any(n, |n| inline_6(n.into()));
    sum += inline_7(n.into()).map_or(1000, u32::from);
    sum += inline_8(n.into()).map_or(1000, u32::from);
    sum += library::bytes(raw_0);
    sum += raw_1.call(&[n]).map_or(1000, |bytes| bytes.len() as u32);
    sum += raw_2.call(&[n]).map_or(1000, |bytes| bytes.len() as u32);
    sum += library::bytes(raw_3);
    sum += raw_4.call(&[n]).map_or(1000, |bytes| bytes.len() as u32);
    sum += raw_5.call(&[n]).map_or(1000, |bytes| bytes.len() as u32);
    sum += library::bytes(raw_6);
    sum += raw_7.call(&[n]).map_or(1000, |bytes| bytes.len() as u32);
    sum += raw_8.call(&[n]).map_or(1000, |bytes| bytes.len() as u32);
    sum
}
