//! What one run has of its own.

use crate::cancel::Cancel;
use crate::limits::Limits;
use std::time::Duration;

/// What one run has in place of the program's [`Limits`], and who may end it. The default changes nothing.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// See [`Limits::fuel`]. It counts only in a program that was compiled with a limit of fuel.
    pub fuel: Option<u64>,
    /// See [`Limits::timeout`].
    pub timeout: Option<Duration>,
    /// Ends the run.
    pub cancel: Cancel,
}

impl RunOptions {
    /// Returns the limits of the run.
    pub(crate) fn limits(&self, limits: &Limits) -> Limits {
        Limits {
            fuel: limits.fuel.map(|fuel| self.fuel.unwrap_or(fuel)),
            timeout: self.timeout.or(limits.timeout),
            ..limits.clone()
        }
    }
}
