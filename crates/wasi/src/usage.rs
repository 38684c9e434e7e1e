//! What a run used, and how it ended.

use crate::value::Value;
use std::time::Duration;
use wasmtime::component::Val;

/// What one run used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Fuel, in units of Wasmtime. `None`: fuel had no limit, and was not counted.
    pub fuel: Option<u64>,
    /// The most that all memories of the program had together, in bytes.
    pub peak_memory: u64,
    /// What they had at the end, in bytes.
    pub memory: u64,
    /// The time from the first instantiation to the end.
    pub elapsed: Duration,
}

/// End of a program by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// The exit status, as the guest gave it. 0 if its function returned. Of a component, 1 if it returned an error, and
    /// else 0 to 255; most components can only say 0 and 1. Of preview 1, any number: systems keep the lowest 8 bits.
    pub status: u32,
    /// What the run used.
    pub usage: Usage,
}

/// Results of a function that was called.
#[derive(Debug, Clone, PartialEq)]
pub struct Returned {
    /// The numbers that it returned.
    pub results: Vec<Value>,
    /// What the call used, start function and `_initialize` included.
    pub usage: Usage,
}

/// Results of a function of a component.
#[derive(Debug, Clone)]
pub struct ReturnedVals {
    /// The values that it returned.
    pub vals: Vec<Val>,
    /// What the call used, start functions included.
    pub usage: Usage,
}
