//! The benchmarks of the SDK on a server: every case once, for `cargo xtask bench`, which compares them with peers,
//! and for `cargo bench`.
#![deny(unsafe_code)]

mod bare;
mod calls;
mod code;
mod guests;
mod instances;
mod large;
mod metering;
mod raw;
mod threads;

pub use guests::Guests;

use aingle_wasm_bench_protocol::Case;

/// Every case, made ready when it is asked for.
#[must_use]
pub fn cases(guests: Guests) -> Vec<Case> {
    let sets = [calls::cases, bare::cases, code::cases, instances::cases, metering::cases, threads::cases];
    sets.into_iter().flat_map(|set| set(guests)).collect()
}

/// The way of the SDK as it is used by default: checked, metered, owned bytes.
const DEFAULT: &str = "aingle";
/// Wasmer by hand.
const BARE: &str = "wasmer";
