//! Without help from the processor: by eight tables of sixteen words, 512 bytes.
//!
//! Half a byte each, eight at a time: the eight look-ups of four bytes do not depend on each other, where one table
//! makes each half byte wait for the last. A guest computes a CRC only for hosts that do not know the sum.

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

#[derive(Clone)]
pub(super) struct Hasher(u32);

impl Hasher {
    pub(super) fn new() -> Self {
        Self(!0)
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        let crc = words.iter().fold(self.0, |crc, word| four_bytes(crc ^ u32::from_le_bytes(*word)));
        self.0 = rest.iter().fold(crc, |crc, byte| one_byte(crc ^ u32::from(*byte)));
    }

    pub(super) fn finalize(self) -> u32 {
        !self.0
    }
}

/// The state after four bytes, which were added to the state before.
fn four_bytes(word: u32) -> u32 {
    let look_up = |row: usize, shift: u32| TABLE[row][(word >> shift & 15) as usize];
    (look_up(7, 0) ^ look_up(6, 4) ^ look_up(5, 8) ^ look_up(4, 12))
        ^ (look_up(3, 16) ^ look_up(2, 20) ^ look_up(1, 24) ^ look_up(0, 28))
}

/// The state after a byte, which was added to the state before.
fn one_byte(crc: u32) -> u32 {
    crc >> 8 ^ TABLE[1][(crc & 15) as usize] ^ TABLE[0][(crc >> 4 & 15) as usize]
}

const fn half_byte(mut crc: u32) -> u32 {
    let mut bit = 0;
    while bit < 4 {
        crc = (crc >> 1) ^ if crc & 1 == 1 { POLYNOMIAL } else { 0 };
        bit += 1;
    }
    crc
}
