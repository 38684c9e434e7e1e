//! Ranges of a flash, and the checks that they fit it.

use crate::flash::MAX_WRITE_SIZE;
use core::fmt;
use embedded_storage::nor_flash::NorFlash;

/// A range of the flash: the byte at `offset` and `len - 1` bytes behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Area {
    /// Its first byte.
    pub offset: u32,
    /// Its length in bytes.
    pub len: u32,
}

impl Area {
    /// Returns the first byte behind the area.
    #[must_use]
    pub const fn end(self) -> u32 {
        self.offset.saturating_add(self.len)
    }
}

/// The parts of a layout, for errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Part {
    /// The state area.
    State,
    /// Slot A.
    SlotA,
    /// Slot B.
    SlotB,
}

/// Why a layout does not fit a flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum LayoutError {
    /// The words of the flash are too long, or not a power of two, or longer than a block.
    WriteSize {
        /// Bytes of a word.
        found: u32,
        /// The most there can be.
        limit: u32,
    },
    /// A read must have more bytes than a write.
    ReadSize {
        /// Bytes of the shortest read.
        found: u32,
        /// The most there can be: bytes of a word.
        limit: u32,
    },
    /// A part does not begin or end at the border of an erase block. The state area has an even number of blocks.
    NotAligned {
        /// The part.
        part: Part,
        /// Where it begins or ends.
        found: u32,
        /// What that must be a multiple of.
        expected: u32,
    },
    /// A part ends behind the end of the flash.
    OutOfBounds {
        /// The part.
        part: Part,
        /// Where it ends.
        found: u32,
        /// Where the flash ends.
        limit: u32,
    },
    /// A part is too small.
    TooSmall {
        /// The part.
        part: Part,
        /// Its length.
        found: u32,
        /// The least length.
        expected: u32,
    },
    /// Two parts share bytes.
    Overlap {
        /// One of them.
        first: Part,
        /// The other one.
        second: Part,
    },
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WriteSize { found, limit } => {
                write!(f, "words of {found} bytes (expected a power of two, at most {limit})")
            }
            Self::ReadSize { found, limit } => write!(f, "reads of at least {found} bytes (limit {limit})"),
            Self::NotAligned { part, found, expected } => {
                write!(f, "{part:?} begins or ends at {found:#x}, expected a multiple of {expected:#x}")
            }
            Self::OutOfBounds { part, found, limit } => {
                write!(f, "{part:?} ends at {found:#x}, behind the end of the flash at {limit:#x}")
            }
            Self::TooSmall { part, found, expected } => {
                write!(f, "{part:?} has {found} bytes, expected {expected}")
            }
            Self::Overlap { first, second } => write!(f, "{first:?} and {second:?} overlap"),
        }
    }
}

impl core::error::Error for LayoutError {}

/// Checks what the flash can do.
pub(crate) fn check_sizes<F: NorFlash>() -> Result<(), LayoutError> {
    let (write, read) = (F::WRITE_SIZE, F::READ_SIZE);
    let limit = MAX_WRITE_SIZE.min(F::ERASE_SIZE);
    if !write.is_power_of_two() || write > limit {
        return Err(LayoutError::WriteSize { found: write as u32, limit: limit as u32 });
    }
    if read == 0 || !write.is_multiple_of(read) {
        return Err(LayoutError::ReadSize { found: read as u32, limit: write as u32 });
    }
    Ok(())
}

/// Checks that an area is made of blocks and is inside the flash.
pub(crate) fn check_area<F: NorFlash>(
    flash: &F,
    part: Part,
    area: Area,
    block: u32,
) -> Result<(), LayoutError> {
    let Area { offset, len } = area;
    let border = F::ERASE_SIZE as u32;
    if !offset.is_multiple_of(border) {
        return Err(LayoutError::NotAligned { part, found: offset, expected: border });
    }
    if !len.is_multiple_of(block) {
        return Err(LayoutError::NotAligned { part, found: offset.wrapping_add(len), expected: block });
    }
    let limit = u32::try_from(flash.capacity()).unwrap_or(u32::MAX);
    match offset.checked_add(len) {
        Some(end) if end <= limit => Ok(()),
        end => Err(LayoutError::OutOfBounds { part, found: end.unwrap_or(u32::MAX), limit }),
    }
}
