//! Ten host functions that are called as they are, in a library of their own: beside them the linker would keep others.
#![no_std]
#![deny(unsafe_code, warnings)]

aingle_wasm_guest::host_externs! {
    pub fn typed_0(n: u8) -> u8;
    pub fn typed_1(n: u16) -> u8;
    pub fn typed_2(n: u32) -> u8;
    pub fn typed_3(n: u64) -> u8;
    pub fn typed_4(n: u8) -> u8;
    pub fn typed_5(n: u16) -> u8;
    pub fn typed_6(n: u32) -> u8;
    pub fn typed_7(n: u64) -> u8;
    pub fn typed_8(n: u8) -> u8;
    pub fn typed_9(n: u16) -> u8;
}
