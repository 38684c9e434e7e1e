//! Modules in JetStream, and their verification.

mod error;
mod objects;
mod store;
mod verified;

pub use error::ModuleError;
pub use store::{ModuleStore, Place, StoreConfig};
pub use verified::Verified;
