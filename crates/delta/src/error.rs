//! Why a patch was refused.

use core::fmt;

/// Why a patch could not be applied. `E` is the error of the read of the old module.
///
/// Every error is final: start again with a new [`Applier`](crate::Applier).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ApplyError<E> {
    /// The bytes do not begin with `AWDL`.
    NotAPatch {
        /// The first four bytes.
        found: [u8; 4],
    },
    /// A patch of another version of the format.
    Version {
        /// Its version.
        found: u8,
    },
    /// The patch is for an old module of another length.
    OldLength {
        /// The length that the patch wants, in bytes.
        patch: u32,
        /// The length of the old module on this device, in bytes.
        device: u32,
    },
    /// The patch makes a module that is longer than the caller allows.
    TooLong {
        /// The length of the new module, in bytes.
        len: u32,
        /// The most that the caller allows, in bytes.
        max: u32,
    },
    /// The patch copies bytes from outside the old module.
    OutsideOld {
        /// Where the copy begins, in bytes from the beginning of the old module. Negative if before it.
        at: i64,
        /// How many bytes it wants.
        len: u32,
    },
    /// An instruction writes past the declared end of the new module.
    TooMuch {
        /// How many bytes are left to write.
        left: u32,
        /// How many bytes the instruction writes.
        len: u32,
    },
    /// An instruction writes no bytes.
    Empty {
        /// How many bytes of the new module are written.
        at: u32,
    },
    /// The patch ended before the new module was complete.
    Truncated {
        /// How many bytes of the new module are written.
        at: u32,
    },
    /// The patch has bytes after its end.
    Trailing,
    /// The new module has its length, and the end of the patch does not fit: the patch is damaged.
    Damaged,
    /// [`Applier::step`](crate::Applier::step) was called again after an error.
    Failed,
    /// The old module could not be read.
    Read(E),
}

impl<E: fmt::Display> fmt::Display for ApplyError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPatch { found } => {
                write!(f, "not a patch: expected `AWDL`, found `{}`", found.escape_ascii())
            }
            Self::Version { found } => write!(f, "patch of version {found}: this side knows version 1"),
            Self::OldLength { patch, device } => {
                write!(f, "patch for a module of {patch} bytes: the module on this device has {device}")
            }
            Self::TooLong { len, max } => {
                write!(f, "patch makes a module of {len} bytes: at most {max} are allowed")
            }
            Self::OutsideOld { at, len } => {
                write!(f, "patch copies {len} bytes from byte {at}, outside the old module")
            }
            Self::TooMuch { left, len } => {
                write!(f, "patch writes {len} bytes: the new module has {left} bytes left")
            }
            Self::Empty { at } => {
                write!(f, "patch has an instruction without output at byte {at} of the new module")
            }
            Self::Truncated { at } => write!(f, "patch is cut off at byte {at} of the new module"),
            Self::Trailing => f.write_str("patch has bytes after its end"),
            Self::Damaged => f.write_str("patch is damaged: its end does not fit"),
            Self::Failed => f.write_str("patch has failed before"),
            Self::Read(error) => write!(f, "old module cannot be read: {error}"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for ApplyError<E> {}

/// A module is longer than a patch can tell.
#[cfg(feature = "std")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MakeError {
    /// Its length, in bytes.
    pub len: usize,
}

#[cfg(feature = "std")]
impl MakeError {
    /// The longest module that a patch can be made for, in bytes.
    pub const MAX: usize = (1 << 31) - 1;
}

#[cfg(feature = "std")]
impl fmt::Display for MakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "module of {} bytes: a patch can be made for at most {} bytes", self.len, Self::MAX)
    }
}

#[cfg(feature = "std")]
impl core::error::Error for MakeError {}
