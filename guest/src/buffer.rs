//! A buffer for one envelope, with the payload on a 16-byte boundary.

use aingle_wasm_types::limits::ENVELOPE_OFFSET;
use alloc::vec::Vec;

const OFFSET: usize = ENVELOPE_OFFSET as usize;
const BLOCK: usize = size_of::<u128>();
#[cfg(target_family = "wasm")]
const _: () =
    assert!(align_of::<u128>() == 16 && (OFFSET + aingle_wasm_types::Header::LEN).is_multiple_of(16));

/// Sixteen-byte blocks, of which the envelope uses all but the first four bytes. It grows and never
/// shrinks: a guest's memory is as large as its largest call needed.
#[derive(Default)]
pub(crate) struct Buffer {
    blocks: Vec<u128>,
}

impl Buffer {
    /// No room at all.
    pub(crate) const EMPTY: Self = Self { blocks: Vec::new() };

    /// Room for an envelope: its length is what fits.
    pub(crate) fn room(&self) -> &[u8] {
        bytemuck::cast_slice(&self.blocks).get(OFFSET..).unwrap_or_default()
    }

    /// Room for an envelope, to be written.
    pub(crate) fn room_mut(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(&mut self.blocks).get_mut(OFFSET..).unwrap_or_default()
    }

    /// Makes room for `len` bytes, keeping what is there. Says whether there was memory for it.
    #[must_use]
    pub(crate) fn grow(&mut self, len: usize) -> bool {
        if self.room().len() >= len {
            return true;
        }
        let Some(blocks) = blocks_for(len) else { return false };
        let more = blocks - self.blocks.len();
        if self.blocks.try_reserve_exact(more).is_err() {
            return false;
        }
        self.blocks.resize(blocks, 0);
        true
    }

    /// As [`Buffer::grow`], but what is there may be lost: the peak is one buffer, not two.
    #[must_use]
    pub(crate) fn replace(&mut self, len: usize) -> bool {
        if self.room().len() >= len {
            return true;
        }
        let before = core::mem::take(&mut self.blocks).len();
        if self.grow(len) {
            return true;
        }
        // The guest can still take requests of the size that it could take before.
        self.blocks.resize(before, 0);
        false
    }
}

/// Blocks for an envelope of `len` bytes: in steps that grow with it, so that requests that grow byte
/// by byte do not each take a new buffer.
fn blocks_for(len: usize) -> Option<usize> {
    let step = if len < 16 * 1024 { 256 } else { 64 * 1024 };
    Some(len.checked_add(OFFSET)?.checked_next_multiple_of(step)? / BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aingle_wasm_types::Header;

    #[test]
    fn payloads_are_aligned_and_buffers_keep_what_they_hold() {
        let mut buffer = Buffer::default();
        assert!(buffer.room().is_empty());
        assert!(buffer.grow(100));
        buffer.room_mut()[..100].fill(7);
        assert!(buffer.grow(100_000) && buffer.room().len() >= 100_000);
        assert!(buffer.room()[..100].iter().all(|&byte| byte == 7));
        assert_eq!(buffer.room()[Header::LEN..].as_ptr().addr() % 16, 0);
    }

    #[test]
    fn a_refused_request_leaves_the_buffer_usable() {
        let mut buffer = Buffer::default();
        assert!(buffer.replace(300));
        assert!(!buffer.replace(usize::MAX / 2) && !buffer.grow(usize::MAX));
        assert!(buffer.room().len() >= 300);
    }
}
