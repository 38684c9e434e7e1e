//! A device in a fleet: what it does next, without I/O and without a heap.

mod config;
mod core;
mod fetch;
mod offer;
mod running;

pub use self::config::{Config, ConfigError, Timing};
pub use self::core::{Agent, Next};
#[cfg(feature = "mqtt")]
pub(crate) use self::offer::Offer;
