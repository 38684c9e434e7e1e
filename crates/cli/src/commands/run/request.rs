//! What a call is made of, and what it returned.

use crate::failure::Failure;
use aingle_wasm_host::Profile;
use aingle_wasm_types::{ErrorCode, Number};
use aingle_wasm_values::PlainFunction;
use std::time::Duration;

/// A call of one function.
pub struct Call {
    /// The name of the export.
    pub name: String,
    pub request: Request,
}

/// What is passed.
pub enum Request {
    /// The payload for a guest of the ABI.
    Bytes(Vec<u8>),
    /// The arguments of a function of numbers.
    Numbers(Vec<Number>),
}

/// What came back.
pub enum Answer {
    Bytes(Vec<u8>),
    Numbers(Vec<Number>),
}

impl Answer {
    /// Returns numbers as JSON.
    pub fn numbers_to_json(&self) -> String {
        let numbers = if let Self::Numbers(numbers) = self { numbers.as_slice() } else { &[] };
        PlainFunction::results_to_json(numbers)
    }
}

/// A call that was made, whatever its end.
pub struct Ran {
    pub answer: Result<Answer, Stopped>,
    /// `None` if nobody counted it.
    pub fuel_used: Option<u64>,
    /// The size of the guest's memory at the end, in bytes.
    pub memory: u64,
    /// Time of the checks and of compilation or translation.
    pub compiled: Duration,
    /// Time of the start and of the call.
    pub called: Duration,
    /// Where the fuel went, if that was asked for.
    pub profile: Option<Profile>,
    /// Whether machine code was found in the cache. `None` without a cache.
    pub cache_hit: Option<bool>,
}

/// Why there is no answer.
pub struct Stopped {
    pub failure: Failure,
    /// The error that the guest answered with, if that is the reason.
    pub guest: Option<GuestError>,
}

/// An error that a guest answered with.
pub struct GuestError {
    pub code: ErrorCode,
    pub body: Vec<u8>,
}
