//! Why a blob was not sent.

use core::fmt;

/// What a sender is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waits for a device.
    Greeting,
    /// Offers the manifest.
    Offering,
    /// Sends the blob.
    Sending,
    /// Waits for the device to verify the blob.
    Finishing,
    /// Done.
    Done,
}

/// Why a blob was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The device does not answer.
    NoAnswer {
        /// What the sender was at.
        stage: Stage,
        /// How often it asked.
        tries: u8,
    },
    /// The device refuses the blob, or cannot keep it. [`UpdateError::describe`](crate::UpdateError::describe) says
    /// what the code means.
    Failed {
        /// The code of the device's error.
        code: u16,
    },
    /// The device speaks another version of the protocol.
    Version {
        /// Ours.
        expected: u8,
        /// The device's.
        found: u8,
    },
    /// The device has lost the transfer too often.
    Restarts {
        /// How often.
        limit: u8,
    },
    /// The device answers chunks, and does not take them.
    NoProgress {
        /// The byte that it asks for.
        offset: u32,
        /// How many of its answers asked for a byte that was sent already.
        answers: u16,
    },
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer { stage, tries } => write!(f, "no answer while {stage:?} (asked {tries} times)"),
            Self::Failed { code } => match crate::UpdateError::describe(*code) {
                Some(what) => write!(f, "the device says: {what} (code {code})"),
                None => write!(f, "the device says: code {code}"),
            },
            Self::Version { expected, found } => write!(f, "protocol version {found}, expected {expected}"),
            Self::Restarts { limit } => write!(f, "the device lost the transfer {limit} times"),
            Self::NoProgress { offset, answers } => {
                write!(
                    f,
                    "no progress: {answers} answers asked for bytes that were sent, the last for {offset}"
                )
            }
        }
    }
}

impl core::error::Error for SendError {}
