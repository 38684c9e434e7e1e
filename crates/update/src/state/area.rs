//! Where the state is.

use super::bank::{Bank, bank_min};
use crate::area::{Area, LayoutError, Part, check_area, check_sizes};
use embedded_storage::nor_flash::NorFlash;

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
