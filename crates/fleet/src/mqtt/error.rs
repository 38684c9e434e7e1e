//! What can go wrong between an operator and the broker.

use aingle_wasm_manifest::ParseError;
use std::fmt;
use std::string::String;

/// What can go wrong between an operator and the broker.
#[derive(Debug)]
#[non_exhaustive]
pub enum FleetError {
    /// The broker cannot be reached, or does not let this client in.
    Connect {
        /// Its address.
        broker: String,
        /// Why.
        reason: String,
    },
    /// The connection ended.
    Lost {
        /// What was being done.
        doing: &'static str,
        /// Why, as the client says.
        reason: String,
    },
    /// The broker did not answer in time.
    NoAnswer {
        /// What was being done.
        doing: &'static str,
        /// For how long it was waited, in seconds.
        seconds: u64,
    },
    /// The broker acknowledged a message, and does not have it.
    NotKept {
        /// The topic of the first one that it does not have.
        topic: String,
        /// Bytes of that message.
        len: usize,
        /// How many it does not have.
        messages: usize,
        /// How often it was given them.
        times: u32,
    },
    /// The broker acknowledged that messages are taken off, and has them still.
    StillKept {
        /// The topic of the first one.
        topic: String,
        /// How many it has.
        messages: usize,
    },
    /// The blob has no manifest.
    Blob(ParseError),
    /// The blob is longer than 4 GiB.
    TooLong {
        /// Its length, in bytes.
        found: usize,
    },
    /// Chunks must have 32 to 65,504 bytes, and a multiple of 32.
    Chunk {
        /// Bytes that were asked for.
        found: u16,
    },
    /// A name cannot be part of a topic.
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: crate::NameError,
    },
    /// Nothing that this operator's key has signed is announced to the group.
    NothingAnnounced {
        /// The group.
        group: String,
    },
    /// The blob is announced to a group, whose devices may be fetching it.
    Announced {
        /// The group.
        group: String,
    },
    /// There is no announcement behind the last one.
    NumbersUsedUp,
}

impl fmt::Display for FleetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect { broker, reason } => write!(f, "{broker}: {reason}"),
            Self::Lost { doing, reason } => {
                write!(f, "the connection to the broker ended while {doing}: {reason}")
            }
            Self::NoAnswer { doing, seconds } => {
                write!(f, "the broker did not answer for {seconds} s while {doing}")
            }
            Self::NotKept { topic, len, messages, times } => write!(
                f,
                "the broker acknowledged {messages} messages {times} times and does not have them, the first one `{topic}` with {len} bytes: \
                 it may not take messages of this length, keep so many, or let this client write there"
            ),
            Self::StillKept { topic, messages } => write!(
                f,
                "the broker acknowledged that {messages} messages are taken off and has them still, the first one `{topic}`: it may not let \
                 this client write there, or somebody writes them again"
            ),
            Self::Blob(error) => write!(f, "the blob has no manifest: {error}"),
            Self::TooLong { found } => {
                write!(f, "the blob has {found} bytes, at most {} are possible", u32::MAX)
            }
            Self::Chunk { found } => {
                write!(f, "chunks of {found} bytes; they need a multiple of 32, from 32 to 65504")
            }
            Self::Name { name, reason } => write!(f, "`{name}`: {reason}"),
            Self::NothingAnnounced { group } => {
                write!(f, "nothing that this operator's key has signed is announced to group `{group}`")
            }
            Self::Announced { group } => {
                write!(f, "the module is announced to group `{group}`, whose devices may be fetching it")
            }
            Self::NumbersUsedUp => f.write_str("the group's announcements have used up their numbers"),
        }
    }
}

impl std::error::Error for FleetError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Blob(error) => Some(error),
            Self::Name { reason, .. } => Some(reason),
            _ => None,
        }
    }
}

impl From<ParseError> for FleetError {
    fn from(error: ParseError) -> Self {
        Self::Blob(error)
    }
}
