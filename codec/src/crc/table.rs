//! Eight tables of sixteen words, 512 bytes: half a byte each, eight at a time.
//!
//! The eight look-ups of four bytes do not depend on each other, where one table makes each half byte
//! wait for the last. Tables for whole bytes would be 4 KiB, which is much of a small guest's memory.

const POLYNOMIAL: u32 = 0xedb8_8320;

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

/// The state `crc` after `bytes`.
pub(super) fn update(crc: u32, bytes: &[u8]) -> u32 {
    let (crc, words) = align(crc, bytes);
    words.iter().fold(crc, |crc, word| reduce(crc ^ u64::from_le_bytes(*word)).into()) as u32
}

/// Takes the bytes that make `bytes` no multiple of eight from its front. What is left is whole words,
/// and a value to be added to the first of them, or the state if there is none.
///
/// Zeros before a message change nothing but where the state is added: at the first byte of the
/// message, hence in part to the word behind.
#[inline(always)]
pub(super) fn align(crc: u32, bytes: &[u8]) -> (u64, &[[u8; 8]]) {
    let (odd, words) = bytes.split_at(bytes.len() % 8);
    let words = words.as_chunks().0;
    let crc = u64::from(crc);
    if odd.is_empty() {
        return (crc, words);
    }
    let first = odd.iter().fold(0, |word, byte| word >> 8 | u64::from(*byte) << 56);
    let bits = 8 * odd.len() as u32;
    (u64::from(reduce(first ^ crc << (64 - bits))) ^ crc >> bits, words)
}

/// The state after eight bytes, to which the state before was added.
#[inline(never)]
pub(super) fn reduce(word: u64) -> u32 {
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
