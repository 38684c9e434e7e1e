//! What differs from board to board. `build.rs` chose the board, and its memory layout.

#[cfg(board = "lm3s6965evb")]
mod values {
    pub const NAME: &str = "lm3s6965evb";
    /// The system clock out of reset, as QEMU has it.
    pub const CLOCK_HZ: u32 = 12_500_000;
    pub const HEAP: usize = 53 * 1024;
    /// Less than the page of 64 KiB that the guest declares: of memory, it gets this much.
    pub const GUEST_MEMORY: u32 = 8 * 1024;
    pub const ENGINE_STACK: u32 = 3 * 1024;
    /// How much of the stack the guest's calls may take; only wasm3 has to be told.
    #[cfg(feature = "wasm3")]
    pub const NATIVE_STACK: u32 = 8 * 1024;
}

#[cfg(board = "netduinoplus2")]
mod values {
    pub const NAME: &str = "netduinoplus2";
    pub const CLOCK_HZ: u32 = 168_000_000;
    pub const HEAP: usize = 88 * 1024;
    pub const GUEST_MEMORY: u32 = 8 * 1024;
    pub const ENGINE_STACK: u32 = 7 * 1024;
    #[cfg(feature = "wasm3")]
    pub const NATIVE_STACK: u32 = 36 * 1024;
}

#[cfg(feature = "wasm3")]
pub use values::NATIVE_STACK;
pub use values::{CLOCK_HZ, ENGINE_STACK, GUEST_MEMORY, HEAP, NAME};
