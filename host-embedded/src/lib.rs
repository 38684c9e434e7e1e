//! Run AIngle WebAssembly guests in firmware: the same bytes that a server runs.
//!
//! ```
//! # fn main() -> Result<(), aingle_wasm_host_embedded::Error> {
//! # #[cfg(feature = "wasm3")] {
//! use aingle_wasm_host_embedded::Runtime;
//! use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
//! # use aingle_wasm_host_embedded::Error;
//!
//! struct Sensors {
//!     roof: f32,
//! }
//!
//! fn read_twice(module: &[u8]) -> Result<(f32, u32), Error> {
//!     // 8 KiB of the guest's first page of 64 are there; the guest knows, and no more can be touched.
//!     let wasm3 = Wasm3::new(Wasm3Config { memory_limit: 8 * 1024, ..Default::default() });
//!     let mut runtime = Runtime::with_state(wasm3, module, Sensors { roof: 21.5 })?;
//!     runtime.register("read_sensor", |sensors: &mut Sensors, _id: u8| sensors.roof)?;
//!
//!     // Typed: compared with what the module says of itself, here and not at the hundredth call.
//!     let twice = runtime.func::<(u8,), f32>("twice")?;
//!     let value = twice.call(&mut runtime, (3,))?;
//!
//!     // Or in place: the request is written into the guest's memory, the reply read there.
//!     let reply = runtime.call_in_place("echo", 4, |request| request.copy_from_slice(b"ping"))?;
//!     Ok((value, reply.len() as u32))
//! }
//! # assert!(read_twice(b"").is_err());
//! # }
//! # Ok(())
//! # }
//! ```
//!
//! | feature | default | no_std | what it costs |
//! |---|---|---|---|
//! | `wasm3` | yes | yes | a C compiler to build; a fast interpreter |
//! | `spacewasm` | no | yes | the least RAM; for modules that are not trusted |
//! | `wasmi` | no | yes, with atomics | some half a megabyte of flash |
//! | `native` | no | yes | nothing to speak of; for images that are signed |
//! | `ota` | no | yes | what a verified signature takes; `native`, and images from their manifests |
//! | `out-of-memory` | no | yes | some hundred bytes of flash; tells a guest that is out of memory from one that panicked |
//! | `lz4` | no | yes | some 3 KB of flash, and RAM for a decoded reply |
//!
//! All are additive: a program may use every engine. `docs/ENGINES.md` compares them by figures and says
//! which to choose when.
#![no_std]
#![warn(missing_docs)]

extern crate alloc;

#[cfg(any(feature = "wasm3", feature = "spacewasm-core", feature = "wasmi", feature = "native"))]
mod config_with;
#[cfg(any(feature = "wasm3", feature = "spacewasm-core", feature = "wasmi"))]
mod counts;
#[cfg(all(feature = "out-of-memory", any(feature = "wasm3", feature = "spacewasm-core", feature = "wasmi")))]
mod growth;
#[cfg(any(feature = "wasm3", feature = "spacewasm-core", feature = "wasmi", feature = "native"))]
mod limits;
#[cfg(feature = "native")]
pub mod native;
mod runtime;
#[cfg(any(feature = "spacewasm-core", feature = "wasmi"))]
mod sections;
#[cfg(feature = "spacewasm-core")]
pub mod spacewasm;
#[cfg(feature = "wasm3")]
pub mod wasm3;
#[cfg(feature = "wasmi")]
pub mod wasmi;

pub use aingle_wasm_codec::__data::Data;
pub use aingle_wasm_codec::{Schema, postcard_schema};
pub use aingle_wasm_guest_macros::EmbeddedData as Data;
pub use aingle_wasm_host_core::{
    Args, Budget, CancelFlag, Carried, Clock, Config, Counters, EngineInstance, Error, Foreign, Func, Guest,
    Host, HostFault, HostFn, HostFunctions, Integrity, Level, LoadError, Module, Plain, RefusedGrowth,
    RegistrationError, Response, Trap, Watch,
};
#[cfg(any(feature = "wasm3", feature = "spacewasm-core", feature = "wasmi"))]
pub use counts::EngineLimits;
pub use runtime::{Backend, Capabilities, Runtime};

/// What the expansion of `#[derive(Data)]` names. Not for use by hand, and not covered by semver.
#[doc(hidden)]
pub use aingle_wasm_codec::__data;

/// The most memory that a guest gets when its engine's configuration does not say otherwise, in bytes.
pub const DEFAULT_MEMORY_LIMIT: u32 = 16 << 20;
