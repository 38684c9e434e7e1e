//! Where the state and the two slots are, checked before anything is written.

use crate::area::{Area, LayoutError, Part, check_area};
use crate::state::{Slot, StateArea};
use embedded_storage::nor_flash::NorFlash;

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

    /// Checks a layout that begins at `offset`: the state of so many bytes, and behind it two slots of so many bytes each.
    ///
    /// # Errors
    ///
    /// As [`Layout::new`].
    pub fn in_a_row<F: NorFlash>(flash: &F, offset: u32, state: u32, slot: u32) -> Result<Self, LayoutError> {
        let state = Area { offset, len: state };
        let slot_a = Area { offset: state.end(), len: slot };
        let slot_b = Area { offset: slot_a.end(), len: slot };
        Self::new(flash, state, slot_a, slot_b)
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
