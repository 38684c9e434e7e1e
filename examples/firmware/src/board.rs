//! What differs from board to board. `build.rs` chose the board, and its memory layout.

#[cfg(board = "mps2-an385")]
mod values {
    pub const NAME: &str = "mps2-an385";
    pub const CLOCK_HZ: u32 = 25_000_000;
    pub const HEAP: usize = 256 * 1024;
    /// Less than the page of 64 KiB that the guest declares: of memory, it gets this much.
    pub const GUEST_MEMORY: u32 = 8 * 1024;
    pub const ENGINE_STACK: u32 = 16 * 1024;
    /// How much of the stack the guest's calls may take; only wasm3 has to be told.
    #[cfg(feature = "wasm3")]
    pub const NATIVE_STACK: u32 = 128 * 1024;
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
