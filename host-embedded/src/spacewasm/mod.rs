//! The spacewasm backend: pure Rust, metered, the least RAM. The choice for modules that are not
//! trusted.
//!
//! It runs WebAssembly 1.0 with mutable globals, which is what the target wasm32v1-none makes. Every
//! module is validated while it is loaded, in one pass. The engine has fuel of its own beside that of
//! modules that carry limits: one unit is one instruction of the engine's code, into which the module's
//! is translated (blocks and their ends cost nothing).
//!
//! A host function does not run inside the engine. The import pauses it, the call loop here answers,
//! and the engine resumes: no borrow of the guest's memory can be alive when the guest runs.
//!
//! The engine allocates through two global symbols, `__spacewasm_alloc` and `__spacewasm_dealloc`. The
//! feature `spacewasm-alloc` defines them over Rust's global allocator; leave it out where another crate
//! of the program defines them.
//!
//! An instance stays on its thread: the engine counts references without synchronisation.
#![deny(unsafe_code)]

mod config;
mod error;
#[cfg(feature = "out-of-memory")]
mod growth;
mod instance;
mod limits;
mod load;
mod load_plan;
mod machine;
mod meter;
#[allow(unsafe_code)]
mod raw;

pub use config::SpacewasmConfig;
pub use instance::{SpacewasmFunction, SpacewasmInstance};
pub use load::Spacewasm;
