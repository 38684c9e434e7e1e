//! The range encoder: bits to bytes.

use crate::model::{Bytes, Chance, Tree};
use std::vec::Vec;

/// Writes bits in as few bytes as their probabilities allow.
pub(crate) struct Encoder {
    low: u64,
    range: u32,
    /// The last byte that a carry could still change.
    cache: u8,
    /// How many bytes wait for a carry, the cache included. At first there is no cache: no carry leaves the first byte.
    waiting: u64,
    out: Vec<u8>,
}

impl Encoder {
    pub(crate) fn new(out: Vec<u8>) -> Self {
        Self { low: 0, range: u32::MAX, cache: 0, waiting: 0, out }
    }

    pub(crate) fn bit(&mut self, chance: &mut Chance, bit: bool) {
        let bound = chance.of(self.range);
        if bit {
            self.low += u64::from(bound);
            self.range -= bound;
        } else {
            self.range = bound;
        }
        chance.see(bit);
        while self.range < 1 << 24 {
            self.range <<= 8;
            self.shift();
        }
    }

    /// Writes a number of up to 32 bits less one.
    pub(crate) fn number(&mut self, tree: &mut Tree, number: u32) {
        let number = number + 1;
        let bits = number.ilog2();
        let mut node = 1;
        for at in (0..5).rev() {
            let bit = bits >> at & 1;
            self.bit(&mut tree[node], bit == 1);
            node = node << 1 | bit as usize;
        }
        for at in (0..bits).rev() {
            self.bit(&mut { Chance::EVEN }, number >> at & 1 == 1);
        }
    }

    pub(crate) fn byte(&mut self, bytes: &mut Bytes, byte: u8) {
        for (half, nibble) in [byte >> 4, byte & 15].into_iter().enumerate() {
            let mut node = 1;
            for at in (0..4).rev() {
                let bit = nibble >> at & 1;
                self.bit(&mut bytes[half * 16 + node], bit == 1);
                node = node << 1 | usize::from(bit);
            }
        }
    }

    /// Writes what is left, and returns all bytes.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        for _ in 0..5 {
            self.shift();
        }
        self.out
    }

    /// Moves the upper byte of `low` out, once no carry can change it.
    fn shift(&mut self) {
        let carry = (self.low >> 32) as u8;
        if self.low < 0xff00_0000 || carry == 1 {
            let mut byte = self.cache;
            for _ in 0..self.waiting {
                self.out.push(byte.wrapping_add(carry));
                byte = 0xff;
            }
            self.waiting = 0;
            self.cache = (self.low >> 24) as u8;
        }
        self.waiting += 1;
        self.low = (self.low & 0x00ff_ffff) << 8;
    }
}
