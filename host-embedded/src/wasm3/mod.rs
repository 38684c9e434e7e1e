//! wasm3: a fast interpreter, in C.
//!
//! wasm3 0.4.7 trusts the modules it is given. Here nothing reaches it that has not been validated in full
//! (feature `validate`) for what it has: WebAssembly 1.0, mutable globals, sign extension, and saturating
//! conversion of floats. Its loader is not used at all, only its compiler and its interpreter, and those
//! within the bounds that they do not check themselves. wasm3 has no fuel: only a module that carries limits
//! can be kept from running for ever, and [`Wasm3Config::fuel`] demands that every module does.
//!
//! Four things stay with the one who builds:
//! - The C core must be compiled with optimisation, as cargo's profile `release` does. Without, each
//!   instruction takes native stack, and a long function overruns it. For other profiles:
//!
//!   ```toml
//!   [profile.dev.package.wasm3-sys]
//!   opt-level = 2
//!   ```
//! - For bare metal the C core wants a C compiler for the part and the headers of a C library: on Debian, the
//!   packages `clang`, `libclang-dev`, `gcc-arm-none-eabi` and `libnewlib-arm-none-eabi`. In the `.cargo/config.toml` of
//!   the firmware, with limits that make its compiler small:
//!
//!   ```toml
//!   [env]
//!   BINDGEN_EXTRA_CLANG_ARGS = "-I/usr/include/newlib -fshort-enums -Dd_m3MaxFunctionStackHeight=96 -Dd_m3MaxFunctionSlots=128 -Dd_m3CodePageAlignSize=1024 -Dd_m3MaxConstantTableSize=24"
//!   CFLAGS_thumbv7em_none_eabihf = "-Os -fomit-frame-pointer -fno-strict-aliasing -fno-auto-inc-dec -fno-forward-propagate"
//!   ```
//!
//!   The program then links `libc_nano.a`, `libm.a` and `libgcc.a`, and gives C an allocator: `examples/firmware` has
//!   both, in `build.rs` and `src/sys.rs`.
//! - [`Wasm3Config::native_stack`] must be true of the thread that calls the guest.
//! - `wasm3-sys` must be built without its feature `use-32bit-slots`, with which this version's compiler
//!   miscompiles valid modules. The build fails otherwise.
//!
//! A function is compiled when it is first called. What wasm3 then cannot compile stops the guest with
//! [`Trap::Other`](crate::Trap), or with [`Trap::EngineOutOfMemory`](crate::Trap). A host function that panics ends the
//! process.
//!
//! `memory.size` while a computed integer waits in wasm3's register overwrites it: where both are operands of one
//! instruction the function is not compiled; where both are arguments of one call, the first is lost. The validation
//! refuses a module in which that may be. Who vouches for a module vouches that it is not.
//!
//! A `br_table`, or a `br_if` to a label with a float, is miscompiled when a computed float waits below the float on
//! top: spilling it overwrites the branch's index or condition. The validation refuses a module that has two floats
//! below such an operand in one block. Who vouches for a module vouches that it has none.
//!
//! The validation needs atomic operations, which thumbv6m has not: there a caller has to vouch, with
//! `Wasm3::trusting`.

#![deny(unsafe_code)]

mod accepted;
#[cfg(feature = "validate")]
mod branch;
mod code;
mod config;
mod depth;
mod instance;
mod instructions;
mod layout;
mod outcome;
#[allow(unsafe_code)]
mod raw;
#[allow(unsafe_code)]
mod sys;
mod types;
#[cfg(feature = "validate")]
mod validate;
mod vectors;

use crate::{Backend, Capabilities, EngineLimits, Error, Host, LoadError};
use code::Demand;
pub use config::Wasm3Config;
pub use instance::{Wasm3Function, Wasm3Instance};
#[cfg(target_has_atomic = "ptr")]
pub use raw::Wasm3Stopper;

/// wasm3, to be given a module.
#[derive(Debug, Clone, Copy)]
pub struct Wasm3 {
    config: Wasm3Config,
    /// Whether the caller vouches for every module.
    vouched: bool,
}

impl Wasm3 {
    /// The most of everything that the engine takes of one module. The tables of its compiler set further limits to one
    /// function, which depend on how the C core was built.
    pub const LIMITS: EngineLimits = EngineLimits::COMMON;

    /// wasm3 behind a full validation.
    #[cfg(feature = "validate")]
    #[must_use]
    pub const fn new(config: Wasm3Config) -> Self {
        Self { config, vouched: false }
    }

    /// Validates a module, unless the caller vouches for it.
    fn demand(&self, wasm: &[u8]) -> Result<Demand, LoadError> {
        #[cfg(feature = "validate")]
        if !self.vouched {
            return validate::validate(wasm);
        }
        let _ = wasm;
        debug_assert!(self.vouched, "only `trusting` makes one without validation");
        Ok(Demand::VOUCHED)
    }
}

impl Backend for Wasm3 {
    type Instance<'m, S> = Wasm3Instance<'m, S>;

    const CAPABILITIES: Capabilities = Capabilities {
        memory_below_a_page: true,
        validates: cfg!(feature = "validate"),
        ..Capabilities::none("wasm3")
    };

    fn load<'m, S>(self, wasm: &'m [u8], host: Host<S>) -> Result<Wasm3Instance<'m, S>, Error> {
        Wasm3Instance::load(&self, wasm, host)
    }
}
