//! Compiling in a process of its own, whose memory and time are limited.
//!
//! The parent counts the module, puts metering into it, and hands it to a child with the few settings that decide
//! machine code. The child limits itself before it reads the module, compiles it, and answers with the machine code.
//! Both are the same version of this crate, which the child checks.

#[cfg(unix)]
mod child;
#[cfg(unix)]
mod parent;
#[cfg(unix)]
mod protocol;

#[cfg(unix)]
pub(crate) use parent::compile;

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The variable of the environment that makes a process a compile helper.
const MARK: &str = "AINGLE_WASM_COMPILE_HELPER";

/// Whether this program calls [`serve_compile_requests`], so that it can be its own helper.
static SERVES: AtomicBool = AtomicBool::new(false);

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
    /// [`serve_compile_requests`]. Default: `None`, the program that runs, which must have called it, too.
    pub program: Option<PathBuf>,
    /// How much memory the process may map beside its program, in bytes. Threads' stacks and what is mapped and not
    /// used count. Default: 2 GiB. Beyond it: [`CompileProcessError::OutOfMemory`].
    pub memory_limit: u64,
    /// How long the process may take, by the clock. At least one millisecond. Default: 30 s. Beyond it, it is killed:
    /// [`CompileProcessError::TimedOut`].
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

/// Why the process in which a module was to be compiled did not compile it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompileProcessError {
    /// The program could not be started.
    NotStarted {
        /// The program.
        program: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The program is no helper of this version of this crate.
    OtherVersion {
        /// The program.
        program: PathBuf,
    },
    /// The process took longer than it may, and was killed.
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The process needed more memory than it may have.
    OutOfMemory {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The process was ended by a signal.
    Killed {
        /// Its number.
        signal: i32,
    },
    /// The process ended without an answer.
    Failed {
        /// The end of what it said, at most 1,000 bytes.
        reason: String,
    },
}

impl CompileProcessError {
    /// Whether a compilation was tried, which would fail again.
    pub(crate) fn is_of_the_module(&self) -> bool {
        !matches!(self, Self::NotStarted { .. } | Self::OtherVersion { .. })
    }
}

impl fmt::Display for CompileProcessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the compile process ")?;
        match self {
            Self::NotStarted { program, reason } => {
                write!(f, "`{}` could not be started: {reason}", program.display())
            }
            Self::OtherVersion { program } => {
                write!(f, "`{}` is no helper of this version", program.display())
            }
            Self::TimedOut { limit } => write!(f, "took longer than its limit of {} ms", limit.as_millis()),
            Self::OutOfMemory { limit } => write!(f, "needed more memory than its limit of {limit} bytes"),
            Self::Killed { signal } => write!(f, "was ended by signal {signal}"),
            Self::Failed { reason } => write!(f, "ended without an answer: {reason}"),
        }
    }
}

impl std::error::Error for CompileProcessError {}

/// Compiles a module and ends the process, where this process was started for that; returns at once otherwise.
///
/// To be called first in `main`, before threads are started, files opened and arguments read: a program that does so
/// can be its own helper for [`CompileProcess`].
pub fn serve_compile_requests() {
    #[cfg(unix)]
    if std::env::var_os(MARK).is_some() {
        child::serve();
    }
    SERVES.store(true, Ordering::Relaxed);
}
