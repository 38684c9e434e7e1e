//! The board: an mps2-an385, of whose memory little is used.

pub const CLOCK_HZ: u32 = 25_000_000;
#[cfg(not(any(feature = "limits", feature = "wasmi")))]
pub use tight::*;
#[cfg(any(feature = "limits", feature = "wasmi"))]
pub use whole_page::*;

/// As on a part with little memory.
#[cfg(not(any(feature = "limits", feature = "wasmi")))]
mod tight {
    pub const HEAP: usize = 128 * 1024;
    /// Of memory, the guest gets this much.
    #[cfg(feature = "engine")]
    pub const GUEST_MEMORY: u32 = 8 * 1024;
    /// A little more than the deepest chain of the guest's calls takes: wasm3 has slots of eight bytes, and sets one
    /// apart for every constant of a function.
    #[cfg(feature = "wasm3")]
    pub const ENGINE_STACK: u32 = 2560;
    #[cfg(feature = "spacewasm")]
    pub const ENGINE_STACK: u32 = 1024;
    #[cfg(any(feature = "wasm3", feature = "native"))]
    pub const NATIVE_STACK: u32 = 32 * 1024;
}

/// The guest goes the same ways as on a server: it has the memory that it asks for, and the default depth. wasmi cannot
/// give it less.
#[cfg(any(feature = "limits", feature = "wasmi"))]
mod whole_page {
    pub const HEAP: usize = 512 * 1024;
    pub const GUEST_MEMORY: u32 = 64 * 1024;
    /// The default depth limit, and what the guest's section names beside it, in units of 256 bytes.
    #[cfg(not(feature = "native"))]
    pub const ENGINE_STACK: u32 = (128 + 40) * 256;
    /// So much that wasm3's own stack is not made smaller.
    #[cfg(any(feature = "wasm3", feature = "native"))]
    pub const NATIVE_STACK: u32 = 64 * 1024;
}
