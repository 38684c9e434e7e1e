//! The range decoder: bytes to bits. It stops at any byte, and goes on when there are more.

use crate::model::{Bytes, Chance, Tree};

/// Reads bits from the chunks of a patch.
#[derive(Debug, Clone)]
pub(crate) struct Decoder {
    range: u32,
    code: u32,
    /// How many bytes are wanted before the next bit.
    wanted: u8,
    /// The bits of an unfinished number or byte that were read: behind a leading 1.
    node: u32,
    /// The bits of an unfinished number behind its length: behind a leading 1.
    rest: u32,
}

/// What is left of a chunk.
pub(crate) type Input<'a, 'p> = &'a mut &'p [u8];

impl Decoder {
    pub(crate) const fn new() -> Self {
        Self { range: u32::MAX, code: 0, wanted: 4, node: 1, rest: 1 }
    }

    /// Takes the bytes that are wanted before the next bit. `None` if the chunk ends before.
    fn fill(&mut self, input: Input<'_, '_>) -> Option<()> {
        loop {
            while self.wanted > 0 {
                let (byte, rest) = input.split_first()?;
                *input = rest;
                self.code = self.code << 8 | u32::from(*byte);
                self.wanted -= 1;
            }
            if self.range >= 1 << 24 {
                return Some(());
            }
            self.range <<= 8;
            self.wanted = 1;
        }
    }

    /// Reads one bit. `None` if the chunk ends before; so do the other functions.
    pub(crate) fn bit(&mut self, chance: &mut Chance, input: Input<'_, '_>) -> Option<bool> {
        self.fill(input)?;
        let bound = chance.of(self.range);
        let bit = self.code >= bound;
        if bit {
            self.code -= bound;
            self.range -= bound;
        } else {
            self.range = bound;
        }
        chance.see(bit);
        Some(bit)
    }

    /// Reads a number.
    pub(crate) fn number(&mut self, tree: &mut Tree, input: Input<'_, '_>) -> Option<u32> {
        while self.node < 32 {
            let bit = self.bit(&mut tree[self.node as usize], input)?;
            self.node = self.node << 1 | u32::from(bit);
        }
        let bits = self.node - 32;
        while self.rest.ilog2() < bits {
            let bit = self.bit(&mut { Chance::EVEN }, input)?;
            self.rest = self.rest << 1 | u32::from(bit);
        }
        let number = self.rest - 1;
        (self.node, self.rest) = (1, 1);
        Some(number)
    }

    /// Reads a byte.
    pub(crate) fn byte(&mut self, bytes: &mut Bytes, input: Input<'_, '_>) -> Option<u8> {
        while self.node < 256 {
            let at = if self.node < 16 { self.node } else { 16 + lower(self.node) };
            let bit = self.bit(&mut bytes[at as usize], input)?;
            self.node = self.node << 1 | u32::from(bit);
        }
        let byte = self.node as u8;
        self.node = 1;
        Some(byte)
    }

    /// Returns whether the patch ends here, as a patch that is whole does. `None` if the chunk ends before.
    pub(crate) fn ends(&mut self, input: Input<'_, '_>) -> Option<bool> {
        self.fill(input)?;
        Some(self.code == 0)
    }
}

/// The node in the tree of the lower four bits, when the upper four are read.
fn lower(node: u32) -> u32 {
    let read = node.ilog2() - 4;
    1 << read | (node & ((1 << read) - 1))
}
