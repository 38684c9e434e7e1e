//! What differs from board to board. `build.rs` chose the board, and its memory layout.

/// 64 KB of RAM. What wasm3 makes of the example guest just fits.
#[cfg(board = "lm3s6965evb")]
mod values {
    pub const NAME: &str = "lm3s6965evb";
    /// The system clock out of reset, as QEMU has it.
    pub const CLOCK_HZ: u32 = 12_500_000;
    /// What the stack leaves: wasm3 takes some 6.5 KB of it, spacewasm some 7.5 while it validates.
    pub const HEAP: usize = if cfg!(feature = "wasm3") { 58_700 } else { 52 * 1024 };
    /// Less than the page of 64 KiB that the guest declares: of memory, it gets this much.
    pub const GUEST_MEMORY: u32 = 5632;
    pub const ENGINE_STACK: u32 = 2560;
    /// How much of the stack the guest's calls may take; only wasm3 has to be told.
    #[cfg(feature = "wasm3")]
    pub const NATIVE_STACK: u32 = 4 * 1024;
}

#[cfg(board = "netduinoplus2")]
mod values {
    pub const NAME: &str = "netduinoplus2";
    pub const CLOCK_HZ: u32 = 168_000_000;
    pub const HEAP: usize = 96 * 1024;
    pub const GUEST_MEMORY: u32 = 8 * 1024;
    pub const ENGINE_STACK: u32 = 4 * 1024;
    #[cfg(feature = "wasm3")]
    pub const NATIVE_STACK: u32 = 24 * 1024;
}

#[cfg(feature = "wasm3")]
pub use values::NATIVE_STACK;
pub use values::{CLOCK_HZ, ENGINE_STACK, GUEST_MEMORY, HEAP, NAME};
