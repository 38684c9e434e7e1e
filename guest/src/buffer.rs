//! A buffer for one envelope, with the payload on a 16-byte boundary.

use crate::raw::{Block, Place};

/// A block that grows and never shrinks: a guest's memory is as large as its largest call needed.
pub(crate) struct Buffer(Block);

impl Default for Buffer {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Buffer {
    /// An empty buffer.
    pub(crate) const EMPTY: Self = Self(Block::EMPTY);

    /// Returns the bytes: their number is what fits.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    /// Returns the bytes at this address, if they are in the buffer, and as long.
    pub(crate) fn at(&self, ptr: u32, len: u32) -> Option<&[u8]> {
        let (bytes, len) = (self.bytes(), len as usize);
        let elsewhere = bytes.as_ptr().addr() != ptr as usize;
        if elsewhere | (len > bytes.len()) { None } else { bytes.get(..len) }
    }

    /// Where the response buffer is, for the host to write it: see [`Block::for_host`].
    pub(crate) fn for_host(&mut self) -> Place {
        self.0.for_host()
    }

    /// Returns the address of the bytes.
    pub(crate) fn address(&self) -> u32 {
        self.0.address()
    }

    /// Returns the bytes, to be written.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        self.0.bytes_mut()
    }

    /// Makes room for `len` bytes, keeping what is there. Returns whether there was memory for it.
    #[must_use]
    #[inline]
    pub(crate) fn grow(&mut self, len: usize) -> bool {
        self.bytes().len() >= len || self.exchange(len, true)
    }

    /// As [`Buffer::grow`], but what is there may be lost: the peak is one buffer, not two.
    #[must_use]
    pub(crate) fn replace(&mut self, len: usize) -> bool {
        if self.bytes().len() >= len {
            return true;
        }
        let before = self.0.bytes().len();
        self.0 = Block::EMPTY;
        let grown = self.exchange(len, false);
        if !grown && let Some(block) = Block::new(before, &[]) {
            // The guest can still take requests of the size that it could take before.
            self.0 = block;
        }
        grown
    }

    #[cold]
    #[inline(never)]
    fn exchange(&mut self, len: usize, keep: bool) -> bool {
        let front = if keep { self.0.bytes() } else { &[] };
        let Some(block) = block_len(len).and_then(|len| Block::new(len, front)) else { return false };
        self.0 = block;
        true
    }
}

/// The length of a block for an envelope of `len` bytes: in steps that grow with it, so that requests that
/// grow byte by byte do not each take a new one.
fn block_len(len: usize) -> Option<usize> {
    let step = if len < 16 * 1024 { 256 } else { 64 * 1024 };
    len.checked_add(STEP_LESS)?.checked_next_multiple_of(step)?.checked_sub(STEP_LESS)
}

/// How much less than a step a block is, so that with what lies before it, it is a step.
const STEP_LESS: usize = aingle_wasm_types::limits::ENVELOPE_OFFSET as usize;

#[cfg(test)]
mod tests {
    use super::*;
    use aingle_wasm_types::Header;

    #[test]
    fn payloads_are_aligned_and_buffers_keep_what_they_hold() {
        let mut buffer = Buffer::default();
        assert!(buffer.bytes().is_empty());
        assert!(buffer.grow(100));
        buffer.bytes_mut()[..100].fill(7);
        assert!(buffer.grow(100_000) && buffer.bytes().len() >= 100_000);
        assert!(buffer.bytes()[..100].iter().all(|&byte| byte == 7));
        assert_eq!(buffer.bytes()[Header::LEN..].as_ptr().addr() % 16, 0);
    }

    #[test]
    fn a_refused_request_leaves_the_buffer_usable() {
        let mut buffer = Buffer::default();
        assert!(buffer.replace(300));
        assert!(!buffer.replace(usize::MAX / 2) && !buffer.grow(usize::MAX));
        assert!(buffer.bytes().len() >= 300);
    }
}
