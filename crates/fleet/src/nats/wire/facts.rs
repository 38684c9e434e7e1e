//! Why a call did not run, or how its run ended, with facts. On the wire they are JSON.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Whether a function ran, as far as the caller can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// It did not, and never will.
    No,
    /// It did.
    Yes,
    /// A host may have begun, and nothing tells how far it came.
    Unknown,
}

impl Ran {
    /// Returns it as a word: `no`, `yes` or `unknown`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Yes => "yes",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a host refused a call. The function did not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// As many calls run and wait as may.
    Overload {
        /// The limit: calls that run, and calls that wait.
        limit: usize,
    },
    /// The host is about to leave.
    Draining,
    /// The payload is larger than the host takes, or than the broker carries.
    TooLarge {
        /// The limit, in bytes; of the broker's limit, headers included.
        limit: u64,
        /// The size, in bytes.
        found: u64,
    },
    /// The function's name makes the subject longer than a caller sends.
    NameTooLong {
        /// The limit, in bytes of the subject.
        limit: u64,
        /// Its length, in bytes.
        found: u64,
    },
    /// The module has no such function.
    UnknownFunction {
        /// Its name.
        name: String,
    },
    /// The function has other types than the caller's.
    TypeMismatch {
        /// Its name.
        name: String,
        /// What the module has: the hash of its types, or `bytes`.
        expected: String,
        /// What the caller has.
        found: String,
    },
    /// The caller's deadline passed before the function could begin.
    Deadline {
        /// The time that the caller gave, in milliseconds.
        limit_ms: u64,
        /// How long the call was at the host, in milliseconds.
        waited_ms: u64,
    },
    /// The deadline is later than the host can remember the call's id.
    DeadlineTooLong {
        /// The longest deadline, in milliseconds.
        limit_ms: u64,
        /// The deadline, in milliseconds.
        found_ms: u64,
    },
    /// The host has no bucket for ids: it takes idempotent calls only.
    OnlyRepeatedly,
    /// The broker did not keep the call's id, so the function was not begun.
    NotClaimed {
        /// Why, in its words.
        why: String,
    },
    /// The caller has given up the call before it began.
    GivenUp,
    /// The caller speaks another version of the protocol.
    Version {
        /// The host's.
        expected: u32,
        /// The caller's.
        found: u32,
    },
    /// A field of the header is missing, or is not what it should be.
    Malformed {
        /// Its name; `Aingle` is the header, and `subject` the subject.
        field: String,
        /// What it is; empty if it is missing.
        found: String,
    },
    /// The payload cannot be the function's arguments.
    Arguments {
        /// Why, in words.
        why: String,
    },
}

/// Why a run ended without an answer of the function. The function ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Failure {
    /// It used up its fuel.
    OutOfFuel {
        /// The fuel that it had.
        limit: u64,
        /// What was used when it stopped.
        used: u64,
    },
    /// An allocation failed.
    OutOfMemory {
        /// The most memory, in bytes.
        limit: u64,
        /// What was asked for, in bytes.
        asked: u64,
    },
    /// Calls were nested too deeply.
    CallDepth {
        /// The limit.
        limit: u32,
    },
    /// It ran longer than it may.
    Timeout {
        /// The limit, in milliseconds.
        limit_ms: u64,
    },
    /// The caller has given up the call while it ran.
    GivenUp,
    /// It was stopped by a trap, a panic included.
    Trap {
        /// What happened, in words.
        message: String,
    },
    /// The reply is larger than the broker carries.
    ReplyTooLarge {
        /// The limit, in bytes, headers included.
        limit: u64,
        /// The size, in bytes.
        found: u64,
    },
    /// The reply was sent and not kept, and this is a later question for it.
    NotKept {
        /// The most bytes that are kept.
        limit: u64,
        /// The size of the reply, in bytes.
        found: u64,
    },
    /// Another reason.
    Other {
        /// It in words.
        message: String,
    },
}

/// Who has the id of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Taken {
    /// A host has claimed it, and has not stored how it ended.
    Claimed {
        /// The host.
        host: String,
    },
    /// It is the id of a call of something else, or with another payload.
    OtherCall,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overload { limit } => write!(f, "overload (limit {limit} calls that run or wait)"),
            Self::Draining => f.write_str("the host is about to leave"),
            Self::TooLarge { limit, found } => write!(f, "too large: limit {limit} bytes, found {found}"),
            Self::NameTooLong { limit, found } => {
                write!(f, "the function's name is too long: limit {limit} bytes of a subject, found {found}")
            }
            Self::UnknownFunction { name } => write!(f, "the module has no function `{name}`"),
            Self::TypeMismatch { name, expected, found } => {
                write!(f, "types of `{name}` differ: the module has {expected}, the caller {found}")
            }
            Self::Deadline { limit_ms, waited_ms } => {
                write!(f, "the deadline passed before it began (limit {limit_ms} ms, waited {waited_ms} ms)")
            }
            Self::DeadlineTooLong { limit_ms, found_ms } => {
                write!(f, "the deadline is too long: limit {limit_ms} ms, found {found_ms} ms")
            }
            Self::OnlyRepeatedly => {
                f.write_str("the host takes idempotent calls only: it keeps no ids in JetStream")
            }
            Self::NotClaimed { why } => write!(f, "the broker did not keep the id of the call: {why}"),
            Self::GivenUp => f.write_str("the caller has given up the call"),
            Self::Version { expected, found } => {
                write!(f, "another version of the protocol: expected {expected}, found {found}")
            }
            Self::Malformed { field, found } if found.is_empty() => {
                write!(f, "field `{field}` is missing")
            }
            Self::Malformed { field, found } => write!(f, "field `{field}` cannot be {found:?}"),
            Self::Arguments { why } => write!(f, "arguments do not fit: {why}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfFuel { limit, used } => write!(f, "out of fuel (limit {limit}, used {used})"),
            Self::OutOfMemory { limit, asked } => {
                write!(f, "out of memory (limit {limit} bytes, asked for {asked})")
            }
            Self::CallDepth { limit } => write!(f, "calls nested too deeply (limit {limit})"),
            Self::Timeout { limit_ms } => write!(f, "stopped after its time (limit {limit_ms} ms)"),
            Self::GivenUp => f.write_str("stopped: the caller has given up the call"),
            Self::Trap { message } | Self::Other { message } => f.write_str(message),
            Self::ReplyTooLarge { limit, found } => {
                write!(f, "the reply is too large: limit {limit} bytes, found {found}")
            }
            Self::NotKept { limit, found } => {
                write!(f, "the reply was not kept: limit {limit} bytes, found {found}")
            }
        }
    }
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Claimed { host } => write!(f, "host `{host}` has it"),
            Self::OtherCall => f.write_str("another call has it"),
        }
    }
}
