//! Updates in the flash of an RP2040 with 2 MiB, by the driver of `embassy-rp`.
#![no_std]
#![forbid(unsafe_code)]

use aingle_wasm_update::{Device, Layout, LayoutError, UpdateError, Updater};
use embassy_rp::Peri;
use embassy_rp::flash::{Blocking, Flash};
use embassy_rp::peripherals::FLASH;

/// The size of the flash, in bytes.
const LEN: usize = 2 * 1024 * 1024;

/// The driver: it erases 4 KiB, writes single bytes, and stops the other core meanwhile.
pub type Driver<'d> = Flash<'d, FLASH, Blocking, LEN>;

/// Returns the driver.
pub fn driver<'d>(flash: Peri<'d, FLASH>) -> Driver<'d> {
    Flash::new_blocking(flash)
}

/// Returns the layout: the firmware has the first MiB.
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
