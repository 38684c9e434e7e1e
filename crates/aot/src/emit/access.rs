//! Bounds of memory accesses: the one comparison on which the sandbox rests.

/// The last address from which `size` bytes at `offset` behind it are within a memory of `memory` bytes. `None` if there is none:
/// then every access traps.
///
/// It is computed once for each instruction, in 64 bits, which no sum of these fills. The code only compares an address with
/// a constant. `tests/bounds.rs` tries all values of a smaller word.
#[must_use]
pub const fn last_address(memory: u64, offset: u64, size: u64) -> Option<u64> {
    match offset.checked_add(size) {
        Some(end) if end <= memory => Some(memory - end),
        _ => None,
    }
}
