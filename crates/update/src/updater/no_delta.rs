//! Refuses deltas, in firmware that does without them.

use super::blob::Facts;
use super::core::Updater;
use crate::area::Area;
use crate::error::UpdateError;
use crate::state::Transfer;
use aingle_wasm_manifest::Manifest;
use embedded_storage::nor_flash::NorFlash;

impl<F: NorFlash> Updater<F> {
    /// Refuses a delta that is offered.
    pub(super) fn check_base(&mut self, _: &Manifest<'_>) -> Result<(), UpdateError> {
        Err(UpdateError::NoDelta)
    }

    /// Refuses a delta that firmware with them has received.
    pub(super) fn apply(&mut self, _: &Transfer, _: Area, _: Facts) -> Result<(), UpdateError> {
        Err(UpdateError::NoDelta)
    }
}
