//! Compiling in a process of its own, whose memory and time are limited.
//!
//! The parent counts the module, puts metering into it, and hands it to a child with the few settings that decide
//! machine code. The child limits itself before it reads the module, compiles it, and answers with the machine code.
//! Both are the same version of this crate, which the child checks.

#[cfg(unix)]
mod child;
mod error;
#[cfg(unix)]
mod parent;
mod process;
#[cfg(unix)]
mod protocol;
mod serve;

pub use error::CompileProcessError;
#[cfg(unix)]
pub(crate) use parent::compile;
pub use process::CompileProcess;
pub use serve::serve_compile_requests;
