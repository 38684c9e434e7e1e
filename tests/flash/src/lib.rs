//! Model of a NOR flash whose power is cut inside an operation, and the histories that are run on it.
//!
//! A development crate: `aingle_wasm_update` is proved on it. `cargo run --release --bin power-cuts` runs a campaign.
#![forbid(unsafe_code)]

pub mod blobs;
pub mod boot_state;
pub mod campaign;
mod cut;
mod file;
mod flash;
mod random;
pub mod random_cuts;
pub mod whole_life;

pub use cut::{Cut, Erased, Operation, Torn};
pub use file::FileFlash;
pub use flash::{Fault, Flash, Rules, Unstable};
pub use random::Random;
