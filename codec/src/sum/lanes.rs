//! The four lanes, and how one takes up a word.

pub(super) type Lanes = [u64; 4];
pub(super) type Word = [u8; 4];

/// What a lane is multiplied by before it takes up a word.
pub(super) const FACTOR: u64 = 0x7a51_7d15;

#[inline(always)]
pub(super) fn and(lane: &mut u64, word: Word) {
    *lane = lane.wrapping_mul(FACTOR).wrapping_add(u32::from_le_bytes(word).into());
}
