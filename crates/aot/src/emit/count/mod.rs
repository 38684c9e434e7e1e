//! How a module counts: what its limits do with the counters, found among the instructions, so that it is emitted as a whole.
//!
//! What is not found is emitted as what it is: arithmetic on a global of 64 bits, whose value is put together and taken apart.

mod flow;
mod pattern;
#[cfg(test)]
mod tests;

pub use flow::Counting;
pub use pattern::{Act, Check, Depth, Match};
