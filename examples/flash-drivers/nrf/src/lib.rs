//! Updates in the flash of an nRF52840, by the driver of `embassy-nrf`.
#![no_std]
#![forbid(unsafe_code)]

use aingle_wasm_update::{Device, Layout, LayoutError, UpdateError, Updater};
use embassy_nrf::Peri;
use embassy_nrf::nvmc::Nvmc;
use embassy_nrf::peripherals::NVMC;

/// The driver: it erases 4 KiB, and writes words of 4 bytes.
pub type Driver<'d> = Nvmc<'d>;

/// Returns the driver.
pub fn driver<'d>(flash: Peri<'d, NVMC>) -> Driver<'d> {
    Nvmc::new(flash)
}

/// Returns the layout: the firmware has the first 512 KiB, of 1 MiB.
pub fn layout(flash: &Driver<'_>) -> Result<Layout, LayoutError> {
    let (state, slot) = (8 * 1024, 128 * 1024);
    Layout::in_a_row(flash, 512 * 1024, state, slot)
}

/// Opens the boot state. Call it after each restart.
pub fn open<'d>(
    flash: Driver<'d>,
    layout: Layout,
    device: Device,
) -> Result<Updater<Driver<'d>>, UpdateError> {
    Updater::open(flash, layout, device)
}
