//! Without look-ups: a few shifts and sums on 64-bit words, for all but the last words of a message.
//!
//! The idea is Chorba's (Sam Russell, "Chorba: A novel CRC32 implementation", arXiv:2412.16398). A
//! multiple of the CRC's polynomial has remainder zero, so it may be added anywhere in a message. Adding
//! it so that its highest term meets a bit of the message clears that bit, and flips the bits that
//! lie as far behind as the multiple's other terms lie below the highest. These distances are all that
//! the method needs; when the smallest is over 64, a whole word is cleared at once, by as many shifted
//! copies of it as there are distances. The words that are left at the end, as many as the largest
//! distance spans, have the remainder of the whole message.
//!
//! Two multiples, found by search, which the tests divide:
//!
//! - [`SHORT`] has the fewest terms, five, among those of at most 300 bits, and leaves five words. Each
//!   distance takes two shifts and two sums: 16 operations a word.
//! - [`LONG`] was searched for by operations instead. A distance of whole words needs no shift, and those
//!   equal modulo 64 share theirs: `{512, 576}`, `{195, 259, 579}` and `{180}` take 12 operations. It was
//!   the only one as cheap with ten words of state, among those with one or two shifts and distances from 128
//!   on. One of nine operations leaves 27 words, and asks for thrice the code.
//!
//! To find them: tabulate `x^-d` modulo the polynomial for every distance `d` of the wanted form, and look for
//! sets whose sum is one, by the sums of one half of a set in a hash map and the other half's looked up.

use super::table::{align, reduce};

/// Of the multiple x^300 + x^155 + x^117 + x^89 + 1.
#[cfg(test)]
pub(super) const SHORT: [u32; 4] = [145, 183, 211, 300];

/// Of the multiple x^579 + x^399 + x^384 + x^320 + x^67 + x^3 + 1.
#[cfg(test)]
pub(super) const LONG: [u32; 6] = [180, 195, 259, 512, 576, 579];

/// From how many bytes on the ten words that [`long`] leaves for the table are worth it.
pub(super) const LONG_FROM: usize = 1024;

const BLOCK: usize = 80;

/// The state `crc` after `bytes`.
pub(super) fn update(crc: u32, bytes: &[u8]) -> u32 {
    if bytes.len() < LONG_FROM { short(crc, bytes) } else { long(crc, bytes) }
}

/// `p1` to `p5` are what the words so far add to the next five.
#[inline(never)]
fn short(crc: u32, bytes: &[u8]) -> u32 {
    let (mut p1, words) = align(crc, bytes);
    let (body, last) = words.split_at(words.len().saturating_sub(5));
    let (mut p2, mut p3, mut p4, mut p5) = (0, 0, 0, 0);
    for word in body {
        let w = u64::from_le_bytes(*word) ^ p1;
        p1 = p2;
        p2 = p3 ^ w << 17 ^ w << 55;
        p3 = p4 ^ w >> 47 ^ w >> 9 ^ w << 19;
        p4 = p5 ^ w >> 45 ^ w << 44;
        p5 = w >> 20;
    }
    for word in last {
        let crc = reduce(u64::from_le_bytes(*word) ^ p1);
        (p1, p2, p3, p4, p5) = (p2 ^ u64::from(crc), p3, p4, p5, 0);
    }
    p1 as u32
}

/// `h0` to `h9` are the last ten words, as they were when cleared; each block replaces each of them.
///
/// A function of its own, because an interpreter that compiles functions when they are first called spares
/// the memory for it where messages are short.
#[inline(never)]
fn long(crc: u32, bytes: &[u8]) -> u32 {
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let Some((last, blocks)) = blocks.split_last() else { return short(crc, bytes) };
    let (mut h0, mut h1, mut h2, mut h3, mut h4) = (0, 0, 0, 0, 0);
    let (mut h5, mut h6, mut h7, mut h8, mut h9) = (0, 0, 0, 0, 0);
    let (mut pending, mut shared) = (u64::from(crc), 0);
    for block in blocks {
        let words = block.as_chunks::<8>().0;
        let word = |i: usize| u64::from_le_bytes(words[i]);
        h0 = cleared(word(0) ^ pending, [h1, h2, h6, h7, h8], &mut shared);
        h1 = cleared(word(1), [h2, h3, h7, h8, h9], &mut shared);
        h2 = cleared(word(2), [h3, h4, h8, h9, h0], &mut shared);
        h3 = cleared(word(3), [h4, h5, h9, h0, h1], &mut shared);
        h4 = cleared(word(4), [h5, h6, h0, h1, h2], &mut shared);
        h5 = cleared(word(5), [h6, h7, h1, h2, h3], &mut shared);
        h6 = cleared(word(6), [h7, h8, h2, h3, h4], &mut shared);
        h7 = cleared(word(7), [h8, h9, h3, h4, h5], &mut shared);
        h8 = cleared(word(8), [h9, h0, h4, h5, h6], &mut shared);
        h9 = cleared(word(9), [h0, h1, h5, h6, h7], &mut shared);
        pending = 0;
    }
    // The last block's words only get what those before the block add, and go to the table.
    let history = [h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (word, window) in last.as_chunks::<8>().0.iter().zip(history.array_windows::<10>()) {
        let &[_, a9, a8, _, _, _, a4, a3, a2, _] = window;
        let word = cleared(u64::from_le_bytes(*word) ^ pending, [a9, a8, a4, a3, a2], &mut shared);
        pending = reduce(word).into();
    }
    short(pending as u32, rest)
}

/// `word` and what the words nine, eight, four, three and two before it add to it, as it is when its own turn to be
/// cleared comes. `shared` is the sum that three of the distances have in common, one word before.
#[inline(always)]
fn cleared(word: u64, [w9, w8, w4, w3, w2]: [u64; 5], shared: &mut u64) -> u64 {
    let before = core::mem::replace(shared, w3 ^ w4 ^ w9);
    word ^ w8 ^ w9 ^ *shared << 3 ^ before >> 61 ^ w2 << 52 ^ w3 >> 12
}
