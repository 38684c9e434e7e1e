//! Where requests go: the request buffer that the control block publishes, the guest's allocator, or what older guests have.

use aingle_wasm_types::Packed;

/// How room for a request is found.
pub(super) enum Link<F> {
    /// Not asked yet.
    Unknown,
    /// ABI version 2: the address of the control block, and the allocator.
    ControlBlock {
        at: usize,
        allocate: F,
        /// Whether both sides can and want to compress.
        lz4: bool,
    },
    /// The older exports.
    ///
    /// `used` is where the last reply is, once anything was allocated since the last clean-up. `calls_host` says
    /// whether each call needs room for the responses of host functions.
    Older { allocate: F, free: Option<Free<F>>, used: Option<Packed>, calls_host: bool },
}

pub(super) enum Free<F> {
    ResetArena(F),
    Deallocate(F),
}
