//! Run AIngle WebAssembly guests on a server.
//!
//! A guest is compiled to machine code by Wasmer, metered, limited in memory, and called with bytes or
//! with typed values; it calls back the functions that the host registers.
//!
//! ```
//! use aingle_wasm_host::prelude::*;
//!
//! fn run(wasm: &[u8]) -> Result<Vec<u8>, HostError> {
//!     let engine = WasmEngine::new(EngineConfig { metering_limit: 1_000_000_000, ..Default::default() })?;
//!     let module = engine.compile_cached(b"my_module", wasm)?;
//!     let mut instance = WasmInstance::new(&engine, &module)?;
//!     instance.call_raw("my_function", b"input data")
//! }
//!
//! // A guest of a few lines, which answers with its request's first byte. Guests in Rust are written
//! // with `aingle_wasm_guest`; this is what the ABI looks like from beneath.
//! let wasm = wat::parse_str(r#"(module
//!     (memory (export "memory") 1)
//!     (data (i32.const 16) "\14\01\00\00\00\04\00\00")                 ;; the request buffer: 1024 bytes at 276
//!     (data (i32.const 2048) "\49\41\02\00\01\00\00\00\e4\82\9e\ef\69") ;; an envelope around "i"
//!     (func (export "__aingle_abi_2") (result i32) (i32.const 16))
//!     (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 0))
//!     (func (export "my_function") (param i32 i32) (result i64) (i64.const 0x8000000000d)))"#)?;
//! assert_eq!(run(&wasm)?, b"i");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`WasmEngine`] compiles, under the limits of an [`EngineConfig`], and keeps what it compiled: in
//!   memory, and in `cache_dir` between processes.
//! - [`WasmInstance`] is one guest with its memory; an [`InstancePool`] keeps several for many threads.
//! - [`PlainInstance`] is a module that speaks no ABI: its functions take and return numbers.
//! - [`Func`] is a typed handle: types are compared once, when it is taken.
//! - [`HostFunctions`] are what the guest may call.
//! - [`HostError`] is one word; its [`HostErrorKind`] has the facts, and it says whether the instance
//!   may be used again and whether trying again makes sense.
//!
//! | feature | default | what it costs |
//! |---|---|---|
//! | `cranelift` | yes | the compiler Cranelift, Rust only; the older name is `wasmer_sys_dev` |
//! | `llvm` | no | LLVM's development files to build; the older name is `wasmer_sys_prod` |
//! | `lz4` | yes | LZ4 payloads, some 3 KB of code |
//! | `encryption` | no | encrypted envelopes by Ascon-AEAD128, from host to host |
//!
//! Features add up: with both compilers, [`EngineConfig::compiler`] chooses.
#![deny(unsafe_code)]

mod admission;
mod artifact;
mod authentic;
mod cache;
mod compile;
mod compiler;
mod config;
mod config_with;
#[cfg(feature = "encryption")]
mod encryption;
mod engine;
mod envelope;
mod error;
mod func;
mod functions;
mod instance;
mod isolation;
mod machine;
mod module;
mod plain;
mod plain_functions;
mod plain_index;
mod plain_signature;
mod pool;
mod profile;
mod raw;
mod reset;
mod start;
mod stop;
mod trace;
mod tunables;
mod typed;
mod words;

pub use admission::ModuleLimits;
pub use aingle_wasm_codec::__data::Data;
#[cfg(feature = "encryption")]
pub use aingle_wasm_codec::encryption::{EncryptError, Pending, ReplayError, Reply as EncryptedReply};
pub use aingle_wasm_codec::{Checksum, DecodeError, Schema, ValueError, postcard_schema};
pub use aingle_wasm_guest_macros::HostData as Data;
pub use aingle_wasm_host_core::{
    Args, Budget, Foreign, HostFault, HostFn, Integrity, Level, LoadError, ModuleError, RegistrationError,
    Response, Trap,
};
pub use aingle_wasm_metering::{MeterError, PerSize, PriceList};
pub use aingle_wasm_types::description::{Kind, Record};
pub use aingle_wasm_types::{ErrorCode, Number, NumberType};
pub use cache::{CacheKey, CacheStats, CodeCache, CodePlace};
pub use compiler::Compiler;
pub use config::{EngineConfig, MAX_DEPTH_LIMIT};
#[cfg(feature = "encryption")]
pub use encryption::{EncryptedClient, EncryptionKey};
pub use engine::WasmEngine;
pub use envelope::{EnvelopeFault, EnvelopeRefused};
pub use error::{HostError, HostErrorKind};
pub use func::Func;
pub use functions::HostFunctions;
pub use instance::WasmInstance;
pub use isolation::{CompileProcess, CompileProcessError, serve_compile_requests};
pub use module::WasmModule;
pub use plain::PlainInstance;
pub use plain_functions::{PlainCall, PlainFunctions};
pub use plain_signature::PlainSignature;
pub use pool::{InstancePool, PooledInstance, Reuse};
pub use profile::{Profile, ProfileNode};
pub use stop::{CancelHandle, call_stopped, call_time_left};

/// What the expansion of `#[derive(Data)]` names. Not for use by hand, and not covered by semver.
#[doc(hidden)]
pub use aingle_wasm_codec::__data;

/// Everything that a host usually names.
pub mod prelude {
    pub use crate::{
        Budget, CancelHandle, Compiler, Data, EngineConfig, ErrorCode, Func, HostError, HostErrorKind,
        HostFault, HostFunctions, InstancePool, Integrity, Level, Response, Reuse, Schema, WasmEngine,
        WasmInstance, WasmModule,
    };
}
