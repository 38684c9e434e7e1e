//! What a program calls to be its own compile helper.

use super::process::SERVES;
use std::sync::atomic::Ordering;

/// Compiles a module and ends the process, where this process was started for that; returns at once otherwise.
///
/// To be called first in `main`, before threads are started, files opened and arguments read: a program that does so
/// can be its own helper for [`CompileProcess`](crate::CompileProcess).
pub fn serve_compile_requests() {
    #[cfg(unix)]
    if std::env::var_os(super::process::MARK).is_some() {
        super::child::serve();
    }
    SERVES.store(true, Ordering::Relaxed);
}
