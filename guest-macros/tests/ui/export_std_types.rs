use aingle_wasm_guest::export;
use std::collections::{HashMap, HashSet};

#[export]
fn maps(map: HashMap<u8, u8>) -> HashSet<u8> {
    map.into_keys().collect()
}

#[export]
fn arrays(array: [u8; 33]) -> [u16; 64] {
    [array[0].into(); 64]
}

#[export]
fn tuple(
    tuple: (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8),
) -> u8 {
    tuple.0
}

fn main() {}
