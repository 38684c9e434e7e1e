//! The module that runs, as the device has started it.

use crate::announcement::BlobId;
use aingle_wasm_manifest::MAX_HEADER_LEN;
use aingle_wasm_update::{ModuleSource, Slot, Started, Updater};
use embedded_storage::nor_flash::NorFlash;

/// The module that runs.
#[derive(Clone, Copy)]
pub struct Running {
    pub module_id: u32,
    pub sequence: u32,
    pub blob: BlobId,
    pub slot: Slot,
}

impl Running {
    pub fn of<F: NorFlash>(updater: &mut Updater<F>, started: &Started) -> Self {
        let Started { module_id, sequence, slot, .. } = *started;
        Self { module_id, sequence, slot, blob: blob_of(updater, started) }
    }
}

/// Returns the id of the blob that runs: of its manifest as it is in flash.
fn blob_of<F: NorFlash>(updater: &mut Updater<F>, started: &Started) -> BlobId {
    let mut header = [0; MAX_HEADER_LEN];
    let Some(header) = header.get_mut(..started.header.len as usize) else { return BlobId::default() };
    let read = updater.source(started.header).read(0, header);
    read.map_or(BlobId::default(), |()| BlobId::of(header))
}
