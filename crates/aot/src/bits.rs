//! Bits of machine code.

/// Moves one bit.
pub fn bit(word: u32, from: u32, to: u32) -> u32 {
    (word >> from & 1) << to
}

/// The signed number of so many bits.
pub fn extend(value: u32, bits: u32) -> i32 {
    (value << (32 - bits)).cast_signed() >> (32 - bits)
}
