//! Write a guest once; run it from the data centre to the microcontroller.
//!
//! ```
//! use aingle_wasm_guest::prelude::*;
//!
//! host_externs! {
//!     /// Degrees Celsius, from the host's sensor of this number.
//!     fn read_sensor(id: u8) -> Result<f32, SensorError>;
//! }
//!
//! #[derive(Data)]
//! pub struct SensorError {
//!     id: u8,
//! }
//!
//! #[derive(Data)]
//! pub enum BadBatch {
//!     Empty,
//!     Sensor(SensorError),
//!     NoHost,
//! }
//!
//! /// How far the mean of `readings` lies from what the sensor says now.
//! #[export]
//! fn drift(station: &str, readings: &[f32]) -> Result<f32, BadBatch> {
//!     if readings.is_empty() {
//!         return Err(BadBatch::Empty);
//!     }
//!     let mean = readings.iter().sum::<f32>() / readings.len() as f32;
//!     // The outer error says that the call failed, the inner one is the host function's own.
//!     let id = station.len() as u8;
//!     let now = read_sensor(id).map_err(|_| BadBatch::NoHost)?.map_err(BadBatch::Sensor)?;
//!     Ok(now - mean)
//! }
//! # fn main() {}
//! ```
//!
//! Its `Cargo.toml` names this crate and no other:
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib", "rlib"]
//!
//! [dependencies]
//! aingle_wasm_guest = "0.1"
//! ```
//!
//! Its `lib.rs` begins with `#![cfg_attr(any(target_family = "wasm", target_os = "none"), no_std)]`. Build it with
//! `cargo build --release --target wasm32v1-none`, as a `cdylib`; the `rlib` is for hosts, which use its types. The crate brings the
//! panic handler and the allocator for that target, so a guest needs no other crate; on
//! `wasm32-unknown-unknown` it uses those of the standard library; such a module wants more of WebAssembly than the
//! engines for firmware have, and runs on Wasmer. Either way the host is told what a
//! panic said, and where. Arguments that are references borrow from the request or from an arena that is emptied when the next call begins;
//! lifetimes keep them from living longer.
//!
//! | feature | default | no_std | what it costs |
//! |---|---|---|---|
//! | `macros` | yes | yes | build time |
//! | `text` | yes | yes | formatting in the guest; without it a panic keeps its place, and its message only where that needs no formatting |
//! | `lz4` | no | yes | the compressor in the guest, 8 KiB of memory while compressing |
#![no_std]
#![deny(unsafe_code)]

extern crate alloc;
#[cfg(any(test, all(target_family = "wasm", not(target_os = "none"))))]
extern crate std;

#[cfg_attr(not(target_family = "wasm"), allow(dead_code, reason = "what only a host or a panic reaches"))]
mod arena;
mod args;
mod buffer;
mod by_hand;
mod call;
#[cfg(test)]
mod crossing_tests;
mod host;
#[cfg_attr(not(target_family = "wasm"), allow(dead_code, reason = "what only a host or a panic reaches"))]
mod incoming;
mod log;
#[cfg_attr(not(target_family = "wasm"), allow(dead_code, reason = "what only a host or a panic reaches"))]
mod outgoing;
#[cfg_attr(not(target_family = "wasm"), allow(dead_code, reason = "what only a host or a panic reaches"))]
mod panic_text;
mod raw;
mod reply;
#[cfg_attr(not(target_family = "wasm"), allow(dead_code, reason = "what only a host or a panic reaches"))]
mod runtime;
mod serve;

pub use aingle_wasm_codec::__data::Data;
#[cfg(feature = "macros")]
pub use aingle_wasm_guest_macros::{Data, export, host_externs};
pub use aingle_wasm_types::Level;
pub use args::{Argument, BadRequest, BorrowedArgument, RawPayload};
pub use by_hand::{Input, host_args, return_err, return_ok};
pub use host::{HostCallError, HostFunction, HostValue, host_call};
pub use log::{Line, log};
pub use reply::{RawReply, ReplyValue};

/// What a guest usually needs.
pub mod prelude {
    pub use crate::{
        Data, HostCallError, HostFunction, Level, host_args, host_call, log, return_err, return_ok,
    };
    #[cfg(feature = "macros")]
    pub use crate::{export, host_externs};
    pub use aingle_wasm_codec::Schema;
    pub use aingle_wasm_codec::postcard_schema;
    pub use serde::{self, Deserialize, Serialize};
}

/// What the expansion of `#[derive(Data)]` names. Not for use by hand, and not covered by semver.
#[doc(hidden)]
pub use aingle_wasm_codec::__data;

/// What the macros' expansions call. Not for use by hand, and not covered by semver.
#[doc(hidden)]
pub mod __private {
    pub use crate::call::{Call, Reply};
    pub use crate::host::{call_typed, notify_typed};
    pub use crate::log::LineSink;
    pub use crate::raw::ImportFn;
    pub use crate::serve::serve;
    pub use crate::{BadRequest, BorrowedArgument, HostCallError, HostFunction};
    pub use aingle_wasm_codec::__data::Data;
    pub use aingle_wasm_codec::postcard_schema::schema::NamedType;
    pub use aingle_wasm_codec::schema;
    pub use aingle_wasm_types::description::{Form, Kind, Record};
}
