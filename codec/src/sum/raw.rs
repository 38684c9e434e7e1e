//! The vectors that this x86-64 processor has. The only unsafe code of this crate: to call what is compiled for a processor
//! that was seen to be there.
#![allow(unsafe_code)]

use super::abreast::take_up;
use super::lanes::{Lanes, Word};

cpufeatures::new!(has_avx512, "avx512f", "avx512dq", "avx512vl");
cpufeatures::new!(has_avx2, "avx2");

/// Takes up as many words as go in whole blocks, and returns the others.
pub(super) fn blocks_of<'w>(lanes: &mut Lanes, words: &'w [Word]) -> &'w [Word] {
    if has_avx512::get() {
        let (blocks, rest) = words.as_chunks();
        // SAFETY: the processor has what the function is compiled for.
        unsafe { by_avx512(lanes, blocks) };
        return rest;
    }
    let (blocks, rest) = words.as_chunks();
    if has_avx2::get() {
        // SAFETY: the processor has what the function is compiled for.
        unsafe { by_avx2(lanes, blocks) };
    } else {
        take_up(lanes, blocks);
    }
    rest
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl")]
fn by_avx512(lanes: &mut Lanes, blocks: &[[Word; 64]]) {
    take_up(lanes, blocks);
}

#[target_feature(enable = "avx2")]
fn by_avx2(lanes: &mut Lanes, blocks: &[[Word; 32]]) {
    take_up(lanes, blocks);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sum::lanes::and;

    fn one_by_one(words: &[Word]) -> Lanes {
        let mut lanes = [3, 5, 7, 11];
        for row in words.as_chunks::<4>().0 {
            lanes.iter_mut().zip(row).for_each(|(lane, word)| and(lane, *word));
        }
        lanes
    }

    #[test]
    fn every_kind_of_processor_takes_up_the_same() {
        let words: [Word; 640] = core::array::from_fn(|i| (i as u32).wrapping_mul(0x9e37_79b9).to_le_bytes());
        for len in (0..=words.len()).step_by(64) {
            let (words, all) = (&words[..len], one_by_one(&words[..len]));
            let mut lanes = [[3, 5, 7, 11]; 3];
            take_up::<32>(&mut lanes[0], words.as_chunks().0);
            if has_avx2::get() {
                // SAFETY: as above.
                unsafe { by_avx2(&mut lanes[1], words.as_chunks().0) };
                assert_eq!(lanes[1], all);
            }
            if has_avx512::get() {
                // SAFETY: as above.
                unsafe { by_avx512(&mut lanes[2], words.as_chunks().0) };
                assert_eq!(lanes[2], all);
            }
            assert_eq!(lanes[0], all);
        }
    }
}
