//! What threads share. `tests/interleavings.rs` compiles the files that use these names with others, which try each order.

pub(crate) use std::sync::atomic::AtomicBool;
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard};
pub(crate) use std::thread;
