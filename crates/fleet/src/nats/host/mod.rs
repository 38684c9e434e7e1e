//! A host: it takes calls, and has them run.

mod config;
mod intake;
mod replies;
mod running;
mod shared;
mod start;
mod telemetry;
mod tell;
mod work;

pub use config::{HostConfig, OnceConfig};
pub use start::{Drained, Host};
