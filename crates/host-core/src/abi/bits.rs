//! A list of bits.

use alloc::vec::Vec;

/// A list of bits.
#[derive(Debug, Default)]
pub(super) struct Bits {
    words: Vec<u32>,
    len: usize,
}

impl Bits {
    /// Appends a bit.
    pub(super) fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(32) {
            self.words.push(0);
        }
        if let Some(last) = self.words.last_mut() {
            *last |= u32::from(bit) << (self.len % 32);
        }
        self.len += 1;
    }

    /// Returns whether the bit of this index is there and set.
    pub(super) fn contains(&self, index: u32) -> bool {
        self.words.get(index as usize / 32).is_some_and(|word| word >> (index % 32) & 1 == 1)
    }
}
