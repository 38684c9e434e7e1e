//! Why a compile process did not compile a module.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

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
