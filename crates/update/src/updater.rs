//! The updater: receives modules into the slot that does not run, and decides which one runs.

mod blob;
mod boot;
mod core;
#[cfg(feature = "delta")]
mod delta;
mod finish;
#[cfg(not(feature = "delta"))]
mod no_delta;
mod receive;

pub use self::boot::Started;
pub use self::core::Updater;
pub use self::finish::Finished;
