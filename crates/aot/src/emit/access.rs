//! Bounds of memory accesses: the one comparison on which the sandbox rests.

/// The last address from which `size` bytes at `offset` behind it are within a memory of `memory` bytes. `None` if there is none:
/// then every access traps.
///
/// It is computed once for each instruction. The code only compares an address with a constant. `tests/bounds.rs` tries all values
/// of a smaller word. `tests/model.rs` has a model checker prove this text, translated to C, for all values of the real one.
#[must_use]
pub const fn last_address(memory: u64, offset: u64, size: u64) -> Option<u64> {
    if offset > memory || size > memory - offset {
        return None;
    }
    Some(memory - offset - size)
}
