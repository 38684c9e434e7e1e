//! Updates in the flash of an STM32F103 with 512 KiB, by the driver of `embassy-stm32`.
#![no_std]
#![forbid(unsafe_code)]

use aingle_wasm_update::{Device, Layout, LayoutError, UpdateError, Updater};
use embassy_stm32::Peri;
use embassy_stm32::flash::{Blocking, Flash};
use embassy_stm32::peripherals::FLASH;

/// The driver: it erases 2 KiB, and writes words of 4 bytes.
pub type Driver<'d> = Flash<'d, Blocking>;

/// Returns the driver.
pub fn driver<'d>(flash: Peri<'d, FLASH>) -> Driver<'d> {
    Flash::new_blocking(flash)
}

/// Returns the layout: the firmware has the first 256 KiB.
pub fn layout(flash: &Driver<'_>) -> Result<Layout, LayoutError> {
    let (state, slot) = (8 * 1024, 64 * 1024);
    Layout::in_a_row(flash, 256 * 1024, state, slot)
}

/// Opens the boot state. Call it after each restart.
pub fn open<'d>(
    flash: Driver<'d>,
    layout: Layout,
    device: Device,
) -> Result<Updater<Driver<'d>>, UpdateError> {
    Updater::open(flash, layout, device)
}
