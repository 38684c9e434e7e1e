//! What a command has done.

use crate::files::is_standard;
use crate::report::Report;
use std::path::Path;

/// What a command has done.
pub struct Done {
    /// What it has to say.
    pub report: Report,
    /// Whether its output went to standard output.
    pub output_is_standard: bool,
    /// What is printed for people in place of the report.
    pub answer: Option<String>,
    /// The exit status of a guest to which standard output belonged. The report is printed only as JSON.
    pub status: Option<u8>,
}

impl Done {
    pub(super) fn new(report: Report) -> Self {
        Self { report, output_is_standard: false, answer: None, status: None }
    }

    /// With a line that is the answer.
    pub(super) fn answered(report: Report, answer: String) -> Self {
        Self { report, output_is_standard: false, answer: Some(answer), status: None }
    }

    pub(super) fn written(report: Report, output: &Path) -> Self {
        Self { report, output_is_standard: is_standard(output), answer: None, status: None }
    }

    /// With a line that is the answer, behind what a guest wrote to standard output. A report is printed elsewhere.
    #[cfg(feature = "wasi")]
    pub(super) fn answered_behind_guest(report: Report, answer: String) -> Self {
        Self { report, output_is_standard: true, answer: Some(answer), status: None }
    }

    /// Behind what a guest wrote to standard output.
    #[cfg(all(feature = "wasi", feature = "serve"))]
    pub(super) fn behind_guest(report: Report) -> Self {
        Self { report, output_is_standard: true, answer: None, status: None }
    }

    /// With the exit status of a guest.
    #[cfg(feature = "wasi")]
    pub(super) fn exited(report: Report, status: u8) -> Self {
        Self { report, output_is_standard: true, answer: None, status: Some(status) }
    }
}
