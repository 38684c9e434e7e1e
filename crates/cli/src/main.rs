//! The command line `aingle-wasm`.

#![forbid(unsafe_code)]

fn main() {}
