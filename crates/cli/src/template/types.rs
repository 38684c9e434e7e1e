#![no_std]

use aingle_wasm_guest::prelude::*;

/// There were too few readings.
#[derive(Debug, PartialEq, Eq, Data)]
pub struct Empty {
    /// The fewest that a mean needs.
    pub expected: u32,
}
