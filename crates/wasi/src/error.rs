//! Why a program was not compiled, was not run, or did not end by itself.

use crate::missing::Missing;
use crate::usage::Usage;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Error of a program. Has a kind with facts, and what the run used, if it began.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    usage: Option<Usage>,
}

/// Class of an error, with its facts.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are no valid module or component, or use a feature that is not supported.
    Invalid {
        /// What is wrong, and where.
        reason: String,
    },
    /// The file is larger than [`Limits::module`](crate::Limits::module), in bytes.
    ModuleSize {
        /// The limit.
        limit: u64,
        /// The size of the file.
        found: u64,
    },
    /// A function's body is larger than [`Limits::function`](crate::Limits::function), in bytes.
    FunctionSize {
        /// The limit.
        limit: u64,
        /// The size of the body.
        found: u64,
        /// Where the body begins, from the start of the file.
        offset: u64,
    },
    /// Compilation took longer than [`Limits::compile_time`](crate::Limits::compile_time).
    CompileTime {
        /// The limit.
        limit: Duration,
    },
    /// The program has no function to run.
    NoEntry {
        /// The name of the export that is missing.
        expected: &'static str,
    },
    /// The program exports no function of this name: of a core module, none that takes and returns numbers alone.
    NoFunction {
        /// The name.
        name: String,
    },
    /// The arguments have other types than the parameters.
    Arguments {
        /// The name of the function.
        name: String,
        /// The types of the parameters.
        expected: String,
    },
    /// The program imports what it was not granted. Nothing of it has run.
    Missing(
        /// All imports that are missing, in the order of the program.
        Vec<Missing>,
    ),
    /// A grant cannot be given.
    Grant {
        /// The grant, as it was written.
        grant: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A request has no host, or no address.
    Request {
        /// What is wrong with it.
        reason: String,
    },
    /// The body of a request is larger than [`Limits::request_body`](crate::Limits::request_body), in bytes.
    RequestBody {
        /// The limit.
        limit: u64,
    },
    /// As many requests wait as may, or a request waited as long as it may take.
    Busy {
        /// How many may wait.
        queue: usize,
    },
    /// The component ended without a response, or answered with an error.
    NoResponse {
        /// What it answered.
        reason: String,
    },
    /// A file, a directory or a stream of the host failed.
    Io {
        /// The path; `None` for what has none.
        path: Option<PathBuf>,
        /// What the system said.
        error: std::io::Error,
    },
    /// The guest was stopped by a trap.
    Trap {
        /// Its name, in Wasmtime's words.
        reason: String,
    },
    /// The run used up [`Limits::fuel`](crate::Limits::fuel).
    OutOfFuel {
        /// The limit.
        limit: u64,
        /// What was used.
        used: u64,
    },
    /// The program needs more memory than [`Limits::memory`](crate::Limits::memory), or it gave up when it was refused more.
    OutOfMemory {
        /// The limit, in bytes.
        limit: u64,
        /// What all memories would have had, in bytes.
        asked: u64,
    },
    /// The program needs more elements of tables than [`Limits::table_elements`](crate::Limits::table_elements), or it gave
    /// up when it was refused more.
    OutOfTable {
        /// The limit, in elements.
        limit: u64,
        /// What all tables would have had.
        asked: u64,
    },
    /// The program needs more core instances than [`Limits::instances`](crate::Limits::instances).
    Instances {
        /// The limit.
        limit: u32,
    },
    /// The guest held more resources than [`Limits::handles`](crate::Limits::handles).
    Handles {
        /// The limit.
        limit: u32,
    },
    /// Calls were nested too deeply for [`Limits::stack`](crate::Limits::stack).
    StackExhausted {
        /// The limit, in bytes.
        limit: u32,
    },
    /// The program exited where it should have returned.
    Exited {
        /// The status.
        status: u32,
    },
    /// The run was ended by its [`Cancel`](crate::Cancel).
    Cancelled,
    /// The run took longer than [`Limits::timeout`](crate::Limits::timeout).
    Timeout {
        /// The limit.
        limit: Duration,
        /// How long it took.
        elapsed: Duration,
    },
}

impl Error {
    /// Returns the class and its facts.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Returns what the run used until it was stopped. `None`: it did not begin.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.0.usage
    }

    pub(crate) fn after(self, usage: Usage) -> Self {
        Self(Box::new(Inner { usage: Some(usage), ..*self.0 }))
    }

    pub(crate) fn grant(grant: impl fmt::Display, reason: impl fmt::Display) -> Self {
        ErrorKind::Grant { grant: grant.to_string(), reason: reason.to_string() }.into()
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(Inner { kind, usage: None }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { reason } => write!(f, "not a valid program: {reason}"),
            Self::ModuleSize { limit, found } => {
                write!(f, "the file is too large (limit {limit} bytes, found {found})")
            }
            Self::FunctionSize { limit, found, offset } => {
                write!(f, "the function at byte {offset} is too large (limit {limit} bytes, found {found})")
            }
            Self::CompileTime { limit } => write!(f, "compilation took too long (limit {limit:?})"),
            Self::NoEntry { expected } => write!(f, "no function to run: expected an export `{expected}`"),
            Self::NoFunction { name } => write!(f, "no function `{name}` that can be called"),
            Self::Arguments { name, expected } => write!(f, "`{name}` takes other arguments: ({expected})"),
            Self::Exited { status } => write!(f, "the program exited with status {status}"),
            Self::Request { reason } => write!(f, "the request cannot be answered: {reason}"),
            Self::RequestBody { limit } => {
                write!(f, "the body of the request is too large (limit {limit} bytes)")
            }
            Self::Busy { queue } => write!(f, "too many requests wait (limit {queue})"),
            Self::NoResponse { reason } => write!(f, "no response: {reason}"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Missing(missing) => missing_names(missing, f),
            Self::Grant { grant, reason } => write!(f, "grant `{grant}`: {reason}"),
            Self::Io { path: Some(path), error } => write!(f, "{}: {error}", path.display()),
            Self::Io { path: None, error } => error.fmt(f),
            Self::Trap { reason } => write!(f, "trap: {reason}"),
            Self::OutOfFuel { limit, used } => write!(f, "out of fuel (limit {limit}, used {used})"),
            Self::OutOfMemory { limit, asked } => {
                write!(f, "out of memory (limit {limit} bytes, asked {asked})")
            }
            Self::OutOfTable { limit, asked } => {
                write!(f, "tables are too large (limit {limit} elements, asked {asked})")
            }
            Self::Instances { limit } => write!(f, "too many core instances (limit {limit})"),
            Self::Handles { limit } => write!(f, "too many resources of the host at a time (limit {limit})"),
            Self::StackExhausted { limit } => write!(f, "calls were nested too deeply (stack {limit} bytes)"),
            Self::Timeout { limit, elapsed } => {
                write!(f, "the run took too long (limit {limit:?}, elapsed {elapsed:?})")
            }
        }
    }
}

fn missing_names(missing: &[Missing], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("not granted: ")?;
    for (at, missing) in missing.iter().enumerate() {
        let between = if at == 0 { "" } else { "; " };
        write!(f, "{between}{missing}")?;
    }
    Ok(())
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.kind() {
            ErrorKind::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}
