//! Why a request has no response.

use crate::error::ErrorKind;
use std::fmt;
use std::time::Duration;

/// Why a request has no response.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It was not granted. The guest is stopped.
    Refused(ErrorKind),
    /// It failed. The guest is told.
    Failed(Failure),
}

impl Ended {
    /// It is the server that led to a request that cannot be sent.
    pub(super) fn of_redirect(self) -> Self {
        match self {
            Self::Failed(Failure::Invalid { reason }) => {
                Failure::Broken { reason: format!("redirect: {reason}") }.into()
            }
            other => other,
        }
    }
}

/// How a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It is none that can be sent.
    Invalid {
        reason: String,
    },
    /// The call has sent as many as it may.
    TooMany {
        limit: usize,
    },
    TooLarge {
        limit: usize,
        found: usize,
    },
    /// The host is not known, or does not answer.
    Connect {
        reason: String,
    },
    Timeout {
        limit: Duration,
    },
    Redirects {
        limit: usize,
    },
    Headers {
        limit: usize,
        found: usize,
    },
    /// The body, by its announced length or by what was read.
    Body {
        limit: usize,
        found: u64,
    },
    /// The response breaks the rules of HTTP, or ends too early.
    Broken {
        reason: String,
    },
}

impl Failure {
    /// The number that the guest gets.
    pub(crate) fn code(&self) -> i32 {
        match self {
            Self::Invalid { .. } => -1,
            Self::TooMany { .. } => -2,
            Self::TooLarge { .. } => -3,
            Self::Connect { .. } => -4,
            Self::Timeout { .. } => -5,
            Self::Redirects { .. } => -6,
            Self::Headers { .. } => -7,
            Self::Body { .. } => -8,
            Self::Broken { .. } => -9,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { reason } => write!(f, "no valid request: {reason}"),
            Self::TooMany { limit } => write!(f, "too many requests of one call (limit {limit})"),
            Self::TooLarge { limit, found } => {
                write!(f, "the request is too large (limit {limit} bytes, found {found})")
            }
            Self::Connect { reason } => write!(f, "no connection: {reason}"),
            Self::Timeout { limit } => write!(f, "no response in time (limit {limit:?})"),
            Self::Redirects { limit } => write!(f, "too many redirects (limit {limit})"),
            Self::Headers { limit, found } => {
                write!(f, "the headers of the response are too large (limit {limit} bytes, found {found})")
            }
            Self::Body { limit, found } => {
                write!(f, "the response is too large (limit {limit} bytes, found {found})")
            }
            Self::Broken { reason } => write!(f, "the response is broken: {reason}"),
        }
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Returns an error and its causes in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let cause = error.to_string();
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
        next = error.source();
    }
    text
}
