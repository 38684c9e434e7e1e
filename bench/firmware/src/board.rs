//! The board: an mps2-an385, of whose memory little is used.

pub const CLOCK_HZ: u32 = 25_000_000;
pub const HEAP: usize = 128 * 1024;
/// Of memory, the guest gets this much.
#[cfg(any(feature = "wasm3", feature = "spacewasm"))]
pub const GUEST_MEMORY: u32 = 8 * 1024;
#[cfg(any(feature = "wasm3", feature = "spacewasm"))]
pub const ENGINE_STACK: u32 = 4 * 1024;
#[cfg(feature = "wasm3")]
pub const NATIVE_STACK: u32 = 32 * 1024;
