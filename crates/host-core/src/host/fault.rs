//! Why a host function failed.

use aingle_wasm_codec::{ValueError, text};
use aingle_wasm_types::ErrorCode;
use aingle_wasm_types::limits::MAX_MESSAGE;
use alloc::borrow::Cow;

/// Failure of a host function that is not an error value of its own. The guest gets a code and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFault {
    pub(super) code: ErrorCode,
    pub(super) text: Cow<'static, str>,
}

impl HostFault {
    /// A failure with a text for the guest. What is longer than 16 KiB is cut, and says so.
    #[must_use]
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { code: ErrorCode::HostFailed, text: text.into() }
    }

    /// The arguments in the guest's request could not be read, or are more than is allowed.
    pub(super) fn of_arguments(error: ValueError) -> Self {
        let code = if error.is_limit() { ErrorCode::TooLarge } else { ErrorCode::BadRequest };
        Self { code, text: alloc::format!("arguments: {error}").into() }
    }

    /// The text as the guest, or a log, gets it: cut after [`MAX_MESSAGE`] bytes.
    pub(super) fn text(&self) -> Cow<'_, str> {
        text::shown(self.text.as_bytes(), MAX_MESSAGE)
    }

    /// The guest's request could not be read.
    #[must_use]
    pub fn bad_request(text: impl Into<Cow<'static, str>>) -> Self {
        Self { code: ErrorCode::BadRequest, text: text.into() }
    }

    /// The function's result could not be written.
    pub(super) fn bad_result(error: ValueError) -> Self {
        Self { code: ErrorCode::BadResult, text: alloc::format!("result: {error}").into() }
    }
}
