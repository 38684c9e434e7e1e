//! The settings of the process in which modules are compiled.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The variable of the environment that makes a process a compile helper.
pub(super) const MARK: &str = "AINGLE_WASM_COMPILE_HELPER";

/// Whether this program calls [`serve_compile_requests`](crate::serve_compile_requests), so that it can be its own helper.
pub(super) static SERVES: AtomicBool = AtomicBool::new(false);

/// Settings of the process in which modules are compiled: for modules of strangers, whose compilation must not cost
/// the host more than this. Unix only.
///
/// It bounds resources. It is no wall against a fault of the compiler: the machine code that comes back runs in the
/// host.
///
/// ```no_run
/// use aingle_wasm_host::{CompileProcess, EngineConfig, serve_compile_requests};
///
/// fn main() {
///     serve_compile_requests(); // first: the helper is this very program, started once more
///     let config = EngineConfig { compile_process: Some(CompileProcess::default()), ..Default::default() };
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileProcess {
    /// The program to start: `aingle-wasm-compile`, which comes with this crate, or another that calls
    /// [`serve_compile_requests`](crate::serve_compile_requests). Default: `None`, the program that runs, which must have called it, too.
    pub program: Option<PathBuf>,
    /// How much memory the process may map beside its program, in bytes. Threads' stacks and what is mapped and not
    /// used count. Default: 2 GiB. Beyond it: [`CompileProcessError::OutOfMemory`](crate::CompileProcessError::OutOfMemory).
    pub memory_limit: u64,
    /// How long the process may take, by the clock. At least one millisecond. Default: 30 s. Beyond it, it is killed:
    /// [`CompileProcessError::TimedOut`](crate::CompileProcessError::TimedOut).
    pub time_limit: Duration,
}

impl Default for CompileProcess {
    fn default() -> Self {
        Self { program: None, memory_limit: 2 << 30, time_limit: Duration::from_secs(30) }
    }
}

impl CompileProcess {
    /// Returns why it cannot be used, if it cannot.
    pub(crate) fn refusal(&self) -> Option<&'static str> {
        if !cfg!(unix) {
            return Some("limits of processes are set on Unix only");
        }
        if self.program.is_none() && !SERVES.load(Ordering::Relaxed) {
            return Some("no `program`, and this one does not call `serve_compile_requests` first in `main`");
        }
        (self.time_limit < Duration::from_millis(1)).then_some("no `time_limit`")
    }
}
