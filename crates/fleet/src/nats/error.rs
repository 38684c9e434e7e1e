//! Errors of remote calls.

use super::wire::{Failure, Ran, Refusal, Taken};
use aingle_wasm_codec::ValueError;
use aingle_wasm_types::ErrorCode;
use std::fmt;
use std::time::Duration;

/// Why a remote call failed. [`CallError::ran`] says whether the function ran.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallError {
    /// No host serves the module.
    NoResponder,
    /// The deadline passed without a reply.
    Deadline {
        /// The time that the call had.
        limit: Duration,
        /// Whether it ran.
        ran: Ran,
    },
    /// No attempt was answered, and there are no more.
    Lost {
        /// How often the call was sent.
        tries: u32,
        /// Whether it ran.
        ran: Ran,
    },
    /// The host that had begun is gone, and has not stored how the call ended. It ran, or did not, or in part.
    HostDied {
        /// The host.
        host: String,
    },
    /// A host refused the call.
    Refused(Refusal),
    /// The id of the call is taken.
    Duplicate(Taken),
    /// The function answered with an error. The `Err` of a typed function is in its result, and not here.
    Guest {
        /// Of which kind.
        code: ErrorCode,
        /// Its body, in the form that the ABI has for this kind.
        body: Vec<u8>,
    },
    /// The function was stopped, or its reply is lost.
    Failed(Failure),
    /// The arguments cannot be written.
    Arguments(ValueError),
    /// The reply is no value of the function's result.
    Result(ValueError),
    /// What answered is no host, or speaks another version.
    NoReply(Refusal),
    /// The broker could not be asked.
    Broker {
        /// Why, in its words.
        why: String,
        /// Whether the function ran.
        ran: Ran,
    },
}

impl CallError {
    /// Returns whether the function ran. A call that did not can be made again, whatever it does.
    #[must_use]
    pub fn ran(&self) -> Ran {
        match self {
            Self::NoResponder | Self::Refused(_) | Self::Arguments(_) => Ran::No,
            Self::Deadline { ran, .. } | Self::Lost { ran, .. } | Self::Broker { ran, .. } => *ran,
            Self::HostDied { .. } | Self::Duplicate(_) | Self::NoReply(_) => Ran::Unknown,
            Self::Guest { .. } | Self::Failed(_) | Self::Result(_) => Ran::Yes,
        }
    }

    /// Returns whether the same may succeed later, and does not run a second time if it does.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::NoResponder => true,
            Self::Refused(refusal) => {
                matches!(refusal, Refusal::Overload { .. } | Refusal::Draining | Refusal::NotClaimed { .. })
            }
            Self::Deadline { .. } | Self::Lost { .. } | Self::Broker { .. } => self.ran() == Ran::No,
            _ => false,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoResponder => f.write_str("no host serves the module"),
            Self::Deadline { limit, ran } => {
                write!(f, "no reply before the deadline of {limit:?}: {}", of_run(*ran))
            }
            Self::Lost { tries, ran } => write!(f, "no reply after {tries} tries: {}", of_run(*ran)),
            Self::HostDied { host } => {
                write!(f, "host `{host}` is gone with the call: {}", of_run(Ran::Unknown))
            }
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
            Self::Duplicate(taken) => write!(f, "the id of the call is taken: {taken}"),
            Self::Guest { code, body } => write!(f, "guest error: {code} ({} bytes)", body.len()),
            Self::Failed(failure) => failure.fmt(f),
            Self::Arguments(error) => write!(f, "arguments: {error}"),
            Self::Result(error) => write!(f, "result: {error}"),
            Self::NoReply(refusal) => write!(f, "what answered is no reply: {refusal}"),
            Self::Broker { why, ran } => write!(f, "broker: {why}: {}", of_run(*ran)),
        }
    }
}

fn of_run(ran: Ran) -> &'static str {
    match ran {
        Ran::No => "the function did not run",
        Ran::Yes => "the function ran",
        Ran::Unknown => "it is not known whether the function ran",
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Arguments(error) | Self::Result(error) => Some(error),
            _ => None,
        }
    }
}

/// Why a host, or a bucket, cannot begin.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartError {
    /// The server has no JetStream.
    NoJetStream {
        /// The server's version.
        version: String,
    },
    /// A bucket is not as it was asked for: the server ignored a setting, or another program made it.
    Setting {
        /// The bucket.
        bucket: String,
        /// The setting.
        setting: &'static str,
        /// What was asked for.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The broker failed.
    Broker {
        /// What was asked of it.
        doing: &'static str,
        /// Why, in its words.
        why: String,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoJetStream { version } => {
                write!(f, "the server (version {version}) has no JetStream: start it with `-js`")
            }
            Self::Setting { bucket, setting, expected, found } => {
                write!(f, "bucket `{bucket}`: {setting} is {found}, not {expected}")
            }
            Self::Broker { doing, why } => write!(f, "the broker cannot {doing}: {why}"),
        }
    }
}

impl std::error::Error for StartError {}
