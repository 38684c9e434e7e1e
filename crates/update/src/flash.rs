//! The few operations on flash that everything here is made of, with errors that say where.

use core::fmt;
use embedded_storage::nor_flash::{NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};

/// Longest word that a flash may write at once, in bytes.
pub const MAX_WRITE_SIZE: usize = 32;

/// How often a read that fails is tried.
const READS: u8 = 3;

/// Errors of the flash, with the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum FlashError {
    /// A read failed.
    Read {
        /// Where it began.
        offset: u32,
        /// What the driver said.
        kind: FlashErrorKind,
    },
    /// A write failed.
    Write {
        /// Where it began.
        offset: u32,
        /// What the driver said.
        kind: FlashErrorKind,
    },
    /// An erase failed.
    Erase {
        /// Where it began.
        offset: u32,
        /// What the driver said.
        kind: FlashErrorKind,
    },
    /// What was written reads back as something else.
    Mismatch {
        /// Where the write began.
        offset: u32,
    },
    /// What was erased does not read as ones.
    NotErased {
        /// Where the first such byte is, rounded down to 64 bytes.
        offset: u32,
    },
}

/// What a driver says of a failed operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum FlashErrorKind {
    /// The place or the length does not fit the words or blocks.
    NotAligned,
    /// The place is outside the flash.
    OutOfBounds,
    /// Anything else.
    Other,
}

impl FlashErrorKind {
    fn of(error: &impl NorFlashError) -> Self {
        match error.kind() {
            NorFlashErrorKind::NotAligned => Self::NotAligned,
            NorFlashErrorKind::OutOfBounds => Self::OutOfBounds,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for FlashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { offset, kind } => write!(f, "flash read at {offset:#x} failed: {kind:?}"),
            Self::Write { offset, kind } => write!(f, "flash write at {offset:#x} failed: {kind:?}"),
            Self::Erase { offset, kind } => write!(f, "flash erase at {offset:#x} failed: {kind:?}"),
            Self::Mismatch { offset } => write!(f, "flash write at {offset:#x} reads back as something else"),
            Self::NotErased { offset } => write!(f, "flash at {offset:#x} is not erased after an erase"),
        }
    }
}

impl core::error::Error for FlashError {}

/// Reads, and tries again if the driver reports an error.
pub(crate) fn read<F: ReadNorFlash>(flash: &mut F, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
    let mut kind = FlashErrorKind::Other;
    for _ in 0..READS {
        match flash.read(offset, bytes) {
            Ok(()) => return Ok(()),
            Err(error) => kind = FlashErrorKind::of(&error),
        }
    }
    Err(FlashError::Read { offset, kind })
}

/// Writes. The caller aligns.
pub(crate) fn write<F: NorFlash>(flash: &mut F, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
    flash.write(offset, bytes).map_err(|error| FlashError::Write { offset, kind: FlashErrorKind::of(&error) })
}

/// Writes, and reads back. The caller aligns.
pub(crate) fn write_checked<F: NorFlash>(flash: &mut F, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
    write(flash, offset, bytes)?;
    let mut found = [0; 64];
    let mut at = offset;
    for expected in bytes.chunks(found.len()) {
        let found = &mut found[..expected.len()];
        read(flash, at, found)?;
        if found != expected {
            return Err(FlashError::Mismatch { offset });
        }
        at += expected.len() as u32;
    }
    Ok(())
}

/// Erases whole blocks.
pub(crate) fn erase<F: NorFlash>(flash: &mut F, from: u32, to: u32) -> Result<(), FlashError> {
    flash
        .erase(from, to)
        .map_err(|error| FlashError::Erase { offset: from, kind: FlashErrorKind::of(&error) })
}

/// Erases whole blocks, and checks that they read as ones.
pub(crate) fn erase_checked<F: NorFlash>(flash: &mut F, from: u32, to: u32) -> Result<(), FlashError> {
    erase(flash, from, to)?;
    let mut found = [0; 64];
    for offset in (from..to).step_by(found.len()) {
        let found = &mut found[..((to - offset) as usize).min(64)];
        read(flash, offset, found)?;
        if found.iter().any(|byte| *byte != 0xFF) {
            return Err(FlashError::NotErased { offset });
        }
    }
    Ok(())
}

/// Erases whole blocks from the last one down, and checks them. A cut leaves what is before a block as it was.
pub(crate) fn erase_down<F: NorFlash>(flash: &mut F, from: u32, to: u32) -> Result<(), FlashError> {
    let block = F::ERASE_SIZE as u32;
    (from..to).step_by(F::ERASE_SIZE).rev().try_for_each(|start| erase_checked(flash, start, start + block))
}
