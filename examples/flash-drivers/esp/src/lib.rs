//! Updates in the flash of an ESP32-C6, by the driver of `esp-storage`.
#![no_std]
#![forbid(unsafe_code)]

use aingle_wasm_update::{Device, Layout, LayoutError, UpdateError, Updater};
use esp_hal::peripherals::FLASH;
use esp_storage::FlashStorage;

/// The driver: it erases 4 KiB, and writes words of 4 bytes.
pub type Driver<'d> = FlashStorage<'d>;

/// Returns the driver.
pub fn driver<'d>(flash: FLASH<'d>) -> Driver<'d> {
    FlashStorage::new(flash)
}

/// Returns the layout: what a partition table leaves behind the first MiB.
pub fn layout(flash: &Driver<'_>) -> Result<Layout, LayoutError> {
    let (state, slot) = (8 * 1024, 256 * 1024);
    Layout::in_a_row(flash, 1024 * 1024, state, slot)
}

/// Opens the boot state. Call it after each restart.
pub fn open<'d>(
    flash: Driver<'d>,
    layout: Layout,
    device: Device,
) -> Result<Updater<Driver<'d>>, UpdateError> {
    Updater::open(flash, layout, device)
}
