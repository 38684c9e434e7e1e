//! Memory that is not Rust's: registers, and the memory that is used as flash.
#![allow(unsafe_code)]

use crate::board;
use crate::board::layout::LEN;

/// A register of the UART or of the watchdog.
#[derive(Clone, Copy)]
pub struct Register(usize);

impl Register {
    /// Returns the register at this offset of the UART.
    #[cfg(feature = "serial")]
    pub const fn uart(offset: usize) -> Self {
        Self::at(board::UART, offset)
    }

    /// Returns the register at this offset of the watchdog.
    pub const fn watchdog(offset: usize) -> Self {
        Self::at(board::WATCHDOG, offset)
    }

    const fn at(base: usize, offset: usize) -> Self {
        assert!(offset < 0x1000 && offset.is_multiple_of(4));
        Self(base + offset)
    }

    #[cfg(feature = "serial")]
    pub fn read(self) -> u32 {
        // SAFETY: as in `write`.
        unsafe { (self.0 as *const u32).read_volatile() }
    }

    pub fn write(self, value: u32) {
        // SAFETY: `at` is the only way to make one: it is a register of the board, aligned. These registers change no memory.
        unsafe { (self.0 as *mut u32).write_volatile(value) }
    }
}

/// A word of the flash, by its number. `None` behind the end.
fn word(index: u32) -> Option<*mut u32> {
    (index < LEN / 4).then_some((board::FLASH + index as usize * 4) as *mut u32)
}

/// Reads a word of the flash. `None` behind the end.
pub fn flash_word(index: u32) -> Option<u32> {
    // SAFETY: `word` checked that it is in the flash. It is volatile because `set_flash_word` is.
    word(index).map(|word| unsafe { word.read_volatile() })
}

/// Changes a word of the flash, which must be outside what `flash_slice` has returned.
pub fn set_flash_word(index: u32, value: u32) -> Option<()> {
    // SAFETY: `word` checked that it is in the flash. Nothing refers to it: the slice of the module that runs is in one slot, and
    // updates write to the other and to the state.
    word(index).map(|word| unsafe { word.write_volatile(value) })
}

/// Returns a part of the flash where it is, so that a module runs in place. `None` if it is not inside.
pub fn flash_slice(offset: u32, len: u32) -> Option<&'static [u8]> {
    let inside = offset.checked_add(len).is_some_and(|end| end <= LEN);
    let start = (board::FLASH + offset as usize) as *const u8;
    // SAFETY: it is memory of the board, of which nothing else is made. Nobody writes to the slot of the module that runs.
    inside.then(|| unsafe { core::slice::from_raw_parts(start, len as usize) })
}

/// Says that the keys of this firmware sign only native images that the SDK's translator made.
#[cfg(feature = "native")]
pub fn signers() -> aingle_wasm_host_embedded::native::TrustedSigners {
    // SAFETY: `keys.rs` has the keys of the demonstration's station, which has `aingle-wasm` translate what it signs, for the processors
    // that it names. The engine refuses those that this one is not.
    unsafe { aingle_wasm_host_embedded::native::TrustedSigners::new() }
}
