//! Words of the control block.

use aingle_wasm_types::control_block;

/// Returns the control block at this address, or `None` if it is outside the memory.
#[inline]
pub(crate) fn block_at(memory: &[u8], at: usize) -> Option<&[u8; control_block::LEN]> {
    memory.get(at..)?.first_chunk()
}

#[inline]
pub(crate) fn word(block: &[u8], at: usize) -> u32 {
    match block.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(bytes) => u32::from_le_bytes(*bytes),
        None => 0,
    }
}

pub(crate) fn write_word(block: &mut [u8], at: usize, value: u32) {
    block[at..at + 4].copy_from_slice(&value.to_le_bytes());
}
