#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(not(target_family = "wasm"), forbid(unsafe_code))]
#![deny(unsafe_code)]

#[cfg(test)]
extern crate std;

mod error;
mod events;
mod executor;
mod flags;
mod kernel;
pub mod link;
mod mailbox;
mod mutation;
mod mutex;
mod queue;
#[cfg(target_family = "wasm")]
#[allow(unsafe_code)]
mod raw;
mod semaphore;
mod shim;
mod sleep;
mod supply;
mod task;
#[cfg(test)]
mod tests;
mod timers;
mod wait;
mod waiters;

pub use error::{SpawnError, TimeoutError, WaitError};
pub use executor::{Body, Executor, Step};
pub use flags::Events;
pub use kernel::{BUDGET, Kernel};
pub use mailbox::Mailbox;
pub use mutex::{Locked, Mutex};
pub use queue::Queue;
#[cfg(target_family = "wasm")]
pub use raw::Native;
pub use semaphore::Semaphore;
pub use shim::Shim;
pub use sleep::Sleep;
pub use task::{MAX_TASKS, Task};
pub use timers::MAX_TIMERS;
