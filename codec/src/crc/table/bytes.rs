//! Eight tables of 256 words, 8 KiB: a byte each, eight at a time.

use super::POLYNOMIAL;

/// Row `k`: the remainder of a byte with `k` bytes of zeros behind it.
static TABLE: [[u32; 256]; 8] = {
    let mut table = [[0; 256]; 8];
    let mut i = 0;
    while i < 256 {
        let mut crc = i as u32;
        let mut row = 0;
        while row < 8 {
            crc = byte(crc);
            table[row][i] = crc;
            row += 1;
        }
        i += 1;
    }
    table
};

/// The state after eight bytes, to which the state before was added.
#[inline(always)]
pub(in crate::crc) fn reduce(word: u64) -> u32 {
    let look_up = |row: usize, shift: u32| TABLE[row][(word >> shift & 255) as usize];
    (look_up(7, 0) ^ look_up(6, 8) ^ look_up(5, 16) ^ look_up(4, 24))
        ^ (look_up(3, 32) ^ look_up(2, 40) ^ look_up(1, 48) ^ look_up(0, 56))
}

const fn byte(mut crc: u32) -> u32 {
    let mut bit = 0;
    while bit < 8 {
        crc = (crc >> 1) ^ if crc & 1 == 1 { POLYNOMIAL } else { 0 };
        bit += 1;
    }
    crc
}
