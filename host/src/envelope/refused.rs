//! Why an envelope from a wire was refused.

use aingle_wasm_codec::DecodeError;
#[cfg(feature = "encryption")]
use aingle_wasm_codec::encryption::ReplayError;
use std::fmt;

/// An envelope from a wire that was refused. The guest did not see it, and the instance is as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeRefused {
    fault: EnvelopeFault,
    answer: Vec<u8>,
}

/// Why an envelope from a wire was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvelopeFault {
    /// It cannot be read, or is not encrypted as it should be.
    Envelope(DecodeError),
    /// It is authentic, and was received before or comes too late.
    #[cfg(feature = "encryption")]
    Replay(ReplayError),
}

impl EnvelopeRefused {
    pub(super) fn new(fault: EnvelopeFault, answer: Vec<u8>) -> Self {
        Self { fault, answer }
    }

    /// Why.
    #[must_use]
    pub fn fault(&self) -> EnvelopeFault {
        self.fault
    }

    /// The error envelope to send back; empty if the sender expects none.
    #[must_use]
    pub fn into_answer(self) -> Vec<u8> {
        self.answer
    }
}

impl From<DecodeError> for EnvelopeFault {
    fn from(error: DecodeError) -> Self {
        Self::Envelope(error)
    }
}

#[cfg(feature = "encryption")]
impl From<ReplayError> for EnvelopeFault {
    fn from(error: ReplayError) -> Self {
        Self::Replay(error)
    }
}

impl fmt::Display for EnvelopeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Envelope(error) => error.fmt(f),
            #[cfg(feature = "encryption")]
            Self::Replay(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for EnvelopeRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "envelope refused: {}", self.fault)
    }
}

impl std::error::Error for EnvelopeRefused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match &self.fault {
            EnvelopeFault::Envelope(error) => error,
            #[cfg(feature = "encryption")]
            EnvelopeFault::Replay(error) => error,
        })
    }
}
