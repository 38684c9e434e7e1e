//! A host: it takes calls, and has them run.

mod accounts;
mod config;
mod intake;
mod running;
mod shared;
mod start;
mod tell;
mod work;

pub use accounts::Account;
pub use config::{HostConfig, OnceConfig};
pub use start::{Drained, Host};
