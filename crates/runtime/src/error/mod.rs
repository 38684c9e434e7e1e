//! Why something failed: one word, and behind it a kind with its facts.

mod display;
mod kind;
mod of_host;
#[cfg(feature = "wasi")]
mod of_wasi;
mod shown;

pub use kind::ErrorKind;

use shown::Name;
use std::fmt;

/// Why something failed.
///
/// It is as large as a pointer. [`RuntimeError::kind`] has the facts. Its text is one sentence that says which module and
/// which function it is about.
pub struct RuntimeError(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    module: Option<String>,
    function: Option<String>,
}

impl RuntimeError {
    /// Returns what happened, with its facts.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Returns what happened, with its facts, taken out.
    #[must_use]
    pub fn into_kind(self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the module that was asked for, if one was.
    #[must_use]
    pub fn module(&self) -> Option<&str> {
        self.0.module.as_deref()
    }

    /// Returns the function that was called, if one was.
    #[must_use]
    pub fn function(&self) -> Option<&str> {
        self.0.function.as_deref()
    }

    /// Returns whether the same may succeed later.
    #[must_use]
    pub fn retryable(&self) -> bool {
        self.0.kind.retryable()
    }

    pub(crate) fn of_module(mut self, module: &str) -> Self {
        self.0.module.get_or_insert_with(|| module.into());
        self
    }

    pub(crate) fn of_call(mut self, module: &str, function: &str) -> Self {
        self.0.function.get_or_insert_with(|| function.into());
        self.of_module(module)
    }
}

impl From<ErrorKind> for RuntimeError {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(Inner { kind, module: None, function: None }))
    }
}

impl fmt::Display for RuntimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, module, function } = &*self.0;
        match (module, function) {
            (Some(module), Some(function)) => {
                write!(f, "call `{}.{}` failed: {kind}", Name(module), Name(function))
            }
            (Some(module), None) => write!(f, "module `{}`: {kind}", Name(module)),
            _ => kind.fmt(f),
        }
    }
}

impl fmt::Debug for RuntimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeError")
            .field("module", &self.0.module)
            .field("function", &self.0.function)
            .field("kind", &self.0.kind)
            .finish()
    }
}

impl std::error::Error for RuntimeError {
    /// Returns the error of another part that is the reason, with its own type, if there is one.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.kind {
            ErrorKind::Arguments(error) => Some(error),
            ErrorKind::Result(error) => Some(error),
            ErrorKind::Load(error) | ErrorKind::Call(error) => Some(error),
            ErrorKind::Description { error, .. } => Some(error),
            ErrorKind::Trap(trap) => Some(trap),
            #[cfg(feature = "wasi")]
            ErrorKind::Uncallable(refused) => Some(refused),
            #[cfg(feature = "wasi")]
            ErrorKind::Wasi(error) | ErrorKind::WasiStopped { error, .. } => Some(error),
            _ => None,
        }
    }
}
