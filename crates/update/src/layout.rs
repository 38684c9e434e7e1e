//! Where the state and the two slots are, checked before anything is written.

use crate::flash::MAX_WRITE_SIZE;
use crate::state::{Bank, Slot, bank_min};
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

/// A checked state area: two banks of whole erase blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StateArea(Area);

impl StateArea {
    /// Checks an area against the flash.
    ///
    /// # Errors
    ///
    /// If it does not fit the flash, or is too small.
    pub fn new<F: NorFlash>(flash: &F, area: Area) -> Result<Self, LayoutError> {
        check_sizes::<F>()?;
        check_area(flash, Part::State, area, 2 * F::ERASE_SIZE as u32)?;
        let expected = 2 * bank_min::<F>();
        if area.len < expected {
            return Err(LayoutError::TooSmall { part: Part::State, found: area.len, expected });
        }
        Ok(Self(area))
    }

    /// Returns the area.
    #[must_use]
    pub const fn area(self) -> Area {
        self.0
    }

    pub(crate) fn banks(self) -> [Bank; 2] {
        let len = self.0.len / 2;
        [Bank { offset: self.0.offset, len }, Bank { offset: self.0.offset + len, len }]
    }
}

/// A checked layout: the state area and two slots, in any order, none over the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Layout {
    state: StateArea,
    slots: [Area; 2],
}

impl Layout {
    /// Checks a layout against the flash.
    ///
    /// # Errors
    ///
    /// If a part is not made of whole erase blocks, is outside the flash, is too small or overlaps another one; or if
    /// the words of the flash are of a size that is not supported.
    pub fn new<F: NorFlash>(flash: &F, state: Area, slot_a: Area, slot_b: Area) -> Result<Self, LayoutError> {
        let checked = StateArea::new(flash, state)?;
        let block = F::ERASE_SIZE as u32;
        let parts = [(Part::State, state), (Part::SlotA, slot_a), (Part::SlotB, slot_b)];
        for (part, area) in &parts[1..] {
            check_area(flash, *part, *area, block)?;
            if area.len < block {
                return Err(LayoutError::TooSmall { part: *part, found: area.len, expected: block });
            }
        }
        for (index, (first, one)) in parts.iter().enumerate() {
            for (second, other) in &parts[index + 1..] {
                if one.offset < other.end() && other.offset < one.end() {
                    return Err(LayoutError::Overlap { first: *first, second: *second });
                }
            }
        }
        Ok(Self { state: checked, slots: [slot_a, slot_b] })
    }

    /// Returns the state area.
    #[must_use]
    pub const fn state(&self) -> StateArea {
        self.state
    }

    /// Returns where a slot is.
    #[must_use]
    pub const fn slot(&self, slot: Slot) -> Area {
        self.slots[slot.index()]
    }
}

/// Checks what the flash can do.
fn check_sizes<F: NorFlash>() -> Result<(), LayoutError> {
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
fn check_area<F: NorFlash>(flash: &F, part: Part, area: Area, block: u32) -> Result<(), LayoutError> {
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
