//! The threads of one compilation.
//!
//! Wasmer compiles functions on threads of its own making, and what it makes for each type on rayon's global pool.
//! There one module would hold up all others, and a forked child would wait for threads that it does not have. In a
//! pool that one compilation has for itself neither can happen. Limits are put into functions on the threads of this pool, too.

use crate::error::HostErrorKind;
use rayon::ThreadPoolBuilder;
use std::any::Any;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::available_parallelism;

/// Returns how many threads a compilation uses.
pub(super) fn count(configured: Option<NonZeroUsize>) -> NonZeroUsize {
    configured.or_else(|| available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

/// Runs a compilation on threads of its own, which end with it. A panic of the compiler is its error.
pub(super) fn run<T: Send>(
    configured: Option<NonZeroUsize>,
    compilation: impl FnOnce() -> T + Send,
) -> Result<T, HostErrorKind> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(count(configured).get())
        .thread_name(|_| "aingle-compile".into())
        .build()
        .map_err(|error| HostErrorKind::Other { reason: format!("no threads to compile on: {error}") })?;
    catch_unwind(AssertUnwindSafe(|| pool.install(compilation)))
        .map_err(|panic| HostErrorKind::Compiler { reason: format!("it panicked: {}", message(&*panic)) })
}

/// Returns the words of a panic.
pub(super) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned()
}
