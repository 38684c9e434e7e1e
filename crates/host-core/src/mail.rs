//! Words of the control block.

use aingle_wasm_types::mailbox;

/// Returns the control block at this address, or `None` if it is outside the memory.
#[inline]
pub(crate) fn mail(memory: &[u8], at: usize) -> Option<&[u8; mailbox::LEN]> {
    memory.get(at..)?.first_chunk()
}

#[inline]
pub(crate) fn word(mail: &[u8], at: usize) -> u32 {
    match mail.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(bytes) => u32::from_le_bytes(*bytes),
        None => 0,
    }
}

pub(crate) fn write_word(mail: &mut [u8], at: usize, value: u32) {
    mail[at..at + 4].copy_from_slice(&value.to_le_bytes());
}
