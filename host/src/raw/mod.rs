//! Everything unsafe of this crate: guest memory as a slice, the counters of limits where the code keeps them, limits
//! as Wasmer's tunables, compiled code from bytes, pages of the system, signals that leave a guest, and what a child after
//! `fork` makes anew.
#![allow(unsafe_code)]

mod code;
mod counters;
mod growth;
mod interrupt;
mod memory;
#[cfg(target_os = "linux")]
mod pages;
mod process;
#[cfg(target_os = "linux")]
mod scan;
mod store;
mod tunables;

pub(crate) use code::deserialize;
pub(crate) use counters::fuel_left;
pub(crate) use growth::refused_while;
pub(crate) use interrupt::{Running, interrupt, prepare_interrupts, with_current};
pub(crate) use memory::{GuestMemory, memory_of_caller};
#[cfg(target_os = "linux")]
pub(crate) use pages::{Mapping, page_size};
pub(crate) use process::PerProcess;
#[cfg(target_os = "linux")]
pub(crate) use scan::{Run, touched};
pub(crate) use store::{OwnStore, SavedGlobals};
