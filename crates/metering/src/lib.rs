//! Portable limits: the same fuel and the same call depth on every engine, to the last unit.
//!
//! No two engines count alike, and some do not count at all. Here the limit becomes part of the
//! module: [`Meter::instrument`] rewrites it so that it counts for itself, and every engine that can
//! run WebAssembly then stops it at the same place. A host sets two exported globals before a call,
//! [`FUEL`](aingle_wasm_types::names::FUEL) and
//! [`DEPTH`](aingle_wasm_types::names::DEPTH), and reads them after it. `docs/METERING-REFERENCE.md` is the specification: the
//! unit, the prices, when what is charged, and how a host reads the outcome.
//!
//! The crate needs std and is used where modules are compiled or packed. A device needs only
//! `aingle_wasm_types`.
//!
//! | feature | default | what it does |
//! |---|---|---|
//! | `parallel` | no | functions are worked on by all threads of the rayon pool that `instrument` is called in |
#![forbid(unsafe_code)]

mod bind;
mod bulk;
mod callers;
mod calls;
mod cycles;
mod depth;
mod emit;
mod error;
mod features;
mod frame_estimate;
mod gather;
mod graph;
mod meter;
mod module_info;
mod nans;
mod parallel;
mod pass;
mod price;
mod record;
mod rewrite;
mod scan;
mod short;
mod short_loop;
mod steps;

pub use bind::bind;
pub use calls::record_calls;
pub use error::MeterError;
pub use meter::Meter;
pub use nans::canonical_nans;
pub use price::{MAX_PRICE, PerSize, PriceList};
pub use record::inspect;

/// The version of this crate, as caches of what it wrote have to know it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
