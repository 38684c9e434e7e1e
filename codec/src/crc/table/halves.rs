//! Eight tables of sixteen words, 512 bytes: half a byte each, eight at a time.
//!
//! The eight look-ups of four bytes do not depend on each other, where one table makes each half byte
//! wait for the last.

use super::POLYNOMIAL;

/// Row `k`: the remainder of half a byte with `k` half bytes of zeros behind it.
static TABLE: [[u32; 16]; 8] = {
    let mut table = [[0; 16]; 8];
    let mut i = 0;
    while i < 16 {
        let mut crc = i as u32;
        let mut row = 0;
        while row < 8 {
            crc = half_byte(crc);
            table[row][i] = crc;
            row += 1;
        }
        i += 1;
    }
    table
};

/// The state after eight bytes, to which the state before was added.
#[inline(never)]
pub(in crate::crc) fn reduce(word: u64) -> u32 {
    four_bytes((word >> 32) as u32 ^ four_bytes(word as u32))
}

#[inline(always)]
fn four_bytes(word: u32) -> u32 {
    let look_up = |row: usize, shift: u32| TABLE[row][(word >> shift & 15) as usize];
    (look_up(7, 0) ^ look_up(6, 4) ^ look_up(5, 8) ^ look_up(4, 12))
        ^ (look_up(3, 16) ^ look_up(2, 20) ^ look_up(1, 24) ^ look_up(0, 28))
}

const fn half_byte(mut crc: u32) -> u32 {
    let mut bit = 0;
    while bit < 4 {
        crc = (crc >> 1) ^ if crc & 1 == 1 { POLYNOMIAL } else { 0 };
        bit += 1;
    }
    crc
}
