//! Many rows of a long payload at once, where the processor multiplies vectors.
//!
//! A lane is a polynomial, so that it is also the sum of several whose words are further apart: each has a power of the
//! factor for its own. No word has to wait for the one before it, and a compiler makes vectors of the words.

use super::lanes::{FACTOR, Lanes, Word};

/// Takes up blocks of so many words, a multiple of four, each of which has a sum of its own.
#[inline(always)]
pub(super) fn take_up<const WORDS: usize>(lanes: &mut Lanes, blocks: &[[Word; WORDS]]) {
    let factor = (0..WORDS / 4).fold(1_u64, |power, _| power.wrapping_mul(FACTOR));
    let mut sums = [0_u64; WORDS];
    // What the lanes are so far comes before all words, as if it were a word of the row before the first.
    if let Some(last) = sums.last_chunk_mut::<4>() {
        *last = *lanes;
    }
    for block in blocks {
        for (sum, word) in sums.iter_mut().zip(block) {
            *sum = sum.wrapping_mul(factor).wrapping_add(u32::from_le_bytes(*word).into());
        }
    }
    *lanes = [0; 4];
    for row in sums.as_chunks::<4>().0 {
        for (lane, sum) in lanes.iter_mut().zip(row) {
            *lane = lane.wrapping_mul(FACTOR).wrapping_add(*sum);
        }
    }
}
