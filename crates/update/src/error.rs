//! Errors of an update.

use crate::flash::FlashError;
use crate::source::SourceError;
use crate::state::StateError;
#[cfg(feature = "delta")]
use aingle_wasm_delta::ApplyError;
use aingle_wasm_manifest::Refusal;
use core::fmt;

/// Errors of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum UpdateError {
    /// The policy refuses the blob, or the blob is not what its manifest says.
    Refused(Refusal),
    /// A module is on trial. It has to be confirmed or failed before the next one comes.
    OnTrial,
    /// No module is on trial, or it was not started since the restart.
    NotOnTrial,
    /// No transfer has begun.
    NoTransfer,
    /// The bytes are not the next ones.
    OutOfOrder {
        /// The next byte.
        expected: u32,
        /// The first byte of the chunk.
        found: u32,
    },
    /// A chunk that is not the last one does not end at a word of the flash.
    NotAligned {
        /// Bytes of the chunk.
        found: u32,
        /// What that must be a multiple of.
        expected: u32,
    },
    /// More bytes came than were offered.
    TooMuch {
        /// Bytes that were offered.
        limit: u32,
        /// Where the chunk ends.
        found: u32,
    },
    /// Not all bytes have come.
    Incomplete {
        /// Bytes that were offered.
        expected: u32,
        /// Bytes that have come.
        found: u32,
    },
    /// The patch of a delta is not a patch.
    Patch {
        /// Bytes of the module that it had made.
        at: u32,
    },
    /// What came is another kind of blob than the one that was offered.
    OtherBlob,
    /// A delta was offered, and this firmware is without the feature `delta`.
    NoDelta,
    /// No module can be started: there is none, or it is damaged, or the policy forbids it.
    NoModule,
    /// The boot state cannot be read or written.
    State(StateError),
    /// The flash failed.
    Flash(FlashError),
}

impl UpdateError {
    /// Returns the number that stands for this error in a report and on the wire: that of the refusal, or 256 and more.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Refused(refusal) => refusal.code().into(),
            Self::OnTrial => 256,
            Self::NotOnTrial => 257,
            Self::NoTransfer => 258,
            Self::OutOfOrder { .. } => 259,
            Self::NotAligned { .. } => 260,
            Self::TooMuch { .. } => 261,
            Self::Incomplete { .. } => 262,
            Self::Patch { .. } => 263,
            Self::NoModule => 264,
            Self::State(StateError::Full { .. }) => 265,
            Self::State(_) => 266,
            Self::Flash(_) => 267,
            Self::NoDelta => 268,
            Self::OtherBlob => 269,
        }
    }

    /// Returns what a code of [`Self::code`] means, in a few words.
    #[must_use]
    pub fn describe(code: u16) -> Option<&'static str> {
        Some(match code {
            256 => "a module is on trial",
            257 => "no module is on trial",
            258 => "no transfer has begun",
            259 => "not the next bytes",
            260 => "chunk not aligned",
            261 => "more bytes than offered",
            262 => "fewer bytes than offered",
            263 => "damaged patch",
            264 => "no module to start",
            265 => "too many modules",
            266 => "boot state failed",
            267 => "flash failed",
            268 => "no deltas on this device",
            269 => "not the blob that was offered",
            _ => return u8::try_from(code).ok().and_then(Refusal::describe),
        })
    }
}

impl From<Refusal> for UpdateError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StateError> for UpdateError {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl From<FlashError> for UpdateError {
    fn from(error: FlashError) -> Self {
        Self::Flash(error)
    }
}

impl From<SourceError> for UpdateError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Flash(error) => Self::Flash(error),
            SourceError::OutOfBounds { limit, .. } => Self::Patch { at: limit },
        }
    }
}

#[cfg(feature = "delta")]
impl From<ApplyError<SourceError>> for UpdateError {
    fn from(error: ApplyError<SourceError>) -> Self {
        match error {
            ApplyError::Read(error) => error.into(),
            _ => Self::Patch { at: 0 },
        }
    }
}

impl fmt::Display for UpdateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
            Self::OutOfOrder { expected, found } => write!(f, "expected byte {expected}, found byte {found}"),
            Self::NotAligned { found, expected } => {
                write!(f, "chunk of {found} bytes, expected a multiple of {expected}")
            }
            Self::TooMuch { limit, found } => write!(f, "chunk up to byte {found}, offered were {limit}"),
            Self::Incomplete { expected, found } => {
                write!(f, "{found} bytes have come, offered were {expected}")
            }
            Self::Patch { at } => write!(f, "the patch is damaged after byte {at} of the module"),
            Self::State(error) => error.fmt(f),
            Self::Flash(error) => error.fmt(f),
            other => f.write_str(Self::describe(other.code()).unwrap_or("failed")),
        }
    }
}

impl core::error::Error for UpdateError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::State(error) => Some(error),
            Self::Flash(error) => Some(error),
            _ => None,
        }
    }
}
