//! The board: an mps2-an385, whose third memory is used as flash.

/// What wasm3 makes of the module, and the module's memory.
pub const HEAP: usize = 64 * 1024;
/// Of memory, the module gets this much.
pub const GUEST_MEMORY: u32 = 8 * 1024;
pub const ENGINE_STACK: u32 = 4 * 1024;
pub const NATIVE_STACK: u32 = 16 * 1024;
/// How deep calls of a native image may nest, so that the native stack is enough: an image says what each takes.
#[cfg(feature = "native")]
pub const IMAGE_DEPTH: u32 = 32;
/// The processor's clock.
#[cfg(feature = "update")]
pub const CLOCK_HZ: u32 = 25_000_000;

/// CMSDK UART 0.
#[cfg(feature = "serial")]
pub const UART: usize = 0x4000_4000;
/// CMSDK watchdog.
#[cfg(feature = "update")]
pub const WATCHDOG: usize = 0x4000_8000;
/// The PSRAM, of which the flash is the beginning.
#[cfg(feature = "update")]
pub const FLASH: usize = 0x2100_0000;

/// What is where in the flash.
#[cfg(feature = "update")]
pub mod layout {
    use aingle_wasm_update::Area;

    /// What is erased at once.
    pub const BLOCK: u32 = 4096;
    pub const STATE: Area = Area { offset: 0, len: 2 * BLOCK };
    pub const SLOT_A: Area = Area { offset: STATE.offset + STATE.len, len: 16 * BLOCK };
    pub const SLOT_B: Area = Area { offset: SLOT_A.offset + SLOT_A.len, len: 16 * BLOCK };
    /// The state and the slots of native images.
    #[cfg(feature = "native")]
    pub const IMAGE_STATE: Area = Area { offset: SLOT_B.offset + SLOT_B.len, len: 2 * BLOCK };
    #[cfg(feature = "native")]
    pub const IMAGE_A: Area = Area { offset: IMAGE_STATE.offset + IMAGE_STATE.len, len: 16 * BLOCK };
    #[cfg(feature = "native")]
    pub const IMAGE_B: Area = Area { offset: IMAGE_A.offset + IMAGE_A.len, len: 16 * BLOCK };
    #[cfg(feature = "native")]
    const LAST: Area = IMAGE_B;
    #[cfg(not(feature = "native"))]
    const LAST: Area = SLOT_B;
    pub const LEN: u32 = LAST.offset + LAST.len;
}
