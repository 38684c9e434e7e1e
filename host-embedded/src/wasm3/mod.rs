//! wasm3: a fast interpreter, in C.
//!
//! Every module is validated in full when it is loaded, on a device too, for what wasm3 is built with here: WebAssembly
//! 1.0, mutable globals, sign extension, and saturating conversion of floats. wasm3 validates functions, and this crate
//! what is around them; wasm3's loader is not used. wasm3 has no fuel: only a module that carries limits
//! can be kept from running for ever, and [`Wasm3Config::fuel`] requires that every module does.
//!
//! Two things stay with the one who builds:
//! - [`Wasm3Config::native_stack`] must be true of the thread that calls the guest.
//! - For bare metal the C core wants a C compiler for the part and the headers of a C library: on Debian, for ARM, the
//!   packages `gcc-arm-none-eabi` and `libnewlib-arm-none-eabi`. clang does not do for ARM without an operating system:
//!   it makes no tail calls there. The program then links `libc_nano.a`, `libm.a` and `libgcc.a`: `examples/firmware`
//!   has that in `c_library.rs`. The feature `wasm3-c-heap` gives C Rust's allocator.
//!
//! Variables of the environment set the sizes of the compiler's tables when the program is built, in the `[env]` of its
//! `.cargo/config.toml` for one. Where there is no operating system they are small:
//!
//! | variable | limits | default | without an operating system |
//! |---|---|---|---|
//! | `AINGLE_WASM3_STACK_HEIGHT` | variables, operands and results of blocks of one function | 2000 | 96 |
//! | `AINGLE_WASM3_SLOTS` | slots of one function, which has two for a value of 64 bits | 8000 | 256 |
//! | `AINGLE_WASM3_NESTING` | blocks in one another | 1000 | 64 |
//! | `AINGLE_WASM3_CONSTANTS` | slots for constants of one function; others are translated where they are used | 120 | 24 |
//! | `AINGLE_WASM3_CODE_PAGE` | bytes in which the translated code is allocated, a power of two | 32768 | 1024 |
//!
//! A function is compiled when it is first called. What wasm3 then cannot compile stops the guest with
//! [`Trap::Other`](crate::Trap), or with [`Trap::EngineOutOfMemory`](crate::Trap). A host function that panics ends the
//! process.

#![deny(unsafe_code)]

mod checked;
mod config;
mod instance;
mod layout;
mod load;
mod native;
mod outcome;
#[allow(unsafe_code)]
mod raw;
#[allow(unsafe_code)]
mod sys;
mod validate;

pub use config::Wasm3Config;
pub use instance::{Wasm3Function, Wasm3Instance};
pub use load::Wasm3;
#[cfg(target_has_atomic = "ptr")]
pub use raw::Wasm3Stopper;
