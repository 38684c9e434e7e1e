//! The sum, the checksum of payloads inside one process: a multilinear hash in 64-bit words, of which half is kept.
//!
//! A CRC-32 finds more, and costs a guest more than everything else in a call: WebAssembly has no carry-less multiply.
//! It has a multiply. The message's 32-bit words go to four lanes in turn; each lane is a polynomial in [`FACTOR`]
//! whose coefficients are its words, and the lanes are added up, each by a factor of its own. Everything is modulo
//! 2^64, and the high 32 bits are the sum. (Polynomial and multilinear hashing: Lemire and Kaser, "Strongly
//! universal string hashing is fast", 2014, arXiv:1202.4961.)
//!
//! The factors are odd, so that a changed word always changes the 64 bits. That a changed bit, and a changed byte, also
//! changes the half that is kept is a property of these very factors, which were searched for it; a test holds
//! them to it.

#[cfg(any(
    all(target_arch = "x86_64", feature = "fast-crc"),
    all(target_family = "wasm", target_feature = "simd128")
))]
mod abreast;
mod lanes;
#[cfg(all(target_arch = "x86_64", feature = "fast-crc"))]
mod raw;

use core::hint::black_box;
use lanes::{Lanes, Word, and};

/// What the lanes are multiplied by at the end.
pub(super) const ENDS: Lanes =
    [0xaf37_3b01_56a8_b3bd, 0xdb2a_edca_b234_668d, 0xd21f_e22f_3b5b_08a9, 0x44b8_d1a4_359b_196b];

/// The sum of a header's opening and the payload. The opening begins the first two lanes.
#[inline(never)]
pub(super) fn of(opening: u64, payload: &[u8]) -> u32 {
    let lanes = [opening & 0xffff_ffff, opening >> 32, 0, 0];
    if VECTORS && payload.len() >= WORTH { long(lanes, payload) } else { of_rest(lanes, payload) }
}

/// As many words as go in whole blocks by vectors. Not inlined: a short payload does not pay for it.
#[inline(never)]
fn long(mut lanes: Lanes, payload: &[u8]) -> u32 {
    let words = blocks_of(&mut lanes, payload.as_chunks::<4>().0).len() * 4 + payload.len() % 4;
    of_rest(lanes, payload.get(payload.len() - words..).unwrap_or_default())
}

/// What is left of a payload.
#[inline(always)]
fn of_rest(mut lanes: Lanes, payload: &[u8]) -> u32 {
    let (words, bytes) = payload.as_chunks::<4>();
    let (rows, words) = words.as_chunks::<4>();
    let (pairs, rows) = rows.as_chunks::<2>();
    for pair in pairs {
        let [first, second] = by_itself(pair);
        take_up(&mut lanes, first);
        take_up(&mut lanes, second);
    }
    if let [row, ..] = rows {
        take_up(&mut lanes, row);
    }
    // Three words at most, and one that is cut short.
    let [mut a, mut b, mut c, mut d] = lanes;
    if let [word, ..] = words {
        and(&mut a, *word);
    }
    if let [_, word, ..] = words {
        and(&mut b, *word);
    }
    if let [_, _, word, ..] = words {
        and(&mut c, *word);
    }
    if !bytes.is_empty() {
        let word = bytes.iter().rfold(0, |word, byte| word << 8 | u32::from(*byte)).to_le_bytes();
        match words.len() {
            0 => and(&mut a, word),
            1 => and(&mut b, word),
            2 => and(&mut c, word),
            _ => and(&mut d, word),
        }
    }
    // Not a loop: a compiler that saves space copies both arrays to the stack for it.
    let [end_a, end_b, end_c, end_d] = ENDS;
    let total = a.wrapping_mul(end_a).wrapping_add(b.wrapping_mul(end_b));
    let total = total.wrapping_add(c.wrapping_mul(end_c)).wrapping_add(d.wrapping_mul(end_d));
    (total >> 32) as u32
}

/// Whether there are vectors.
const VECTORS: bool = cfg!(any(
    all(target_arch = "x86_64", feature = "fast-crc"),
    all(target_family = "wasm", target_feature = "simd128")
));

/// A payload of fewer bytes is done before vectors are filled.
const WORTH: usize = 1024;

/// Takes up as many words as go in whole blocks, and returns the others. Where there are no vectors, takes up none.
#[cfg(all(target_arch = "x86_64", feature = "fast-crc"))]
use raw::blocks_of;

#[cfg(all(target_family = "wasm", target_feature = "simd128"))]
fn blocks_of<'w>(lanes: &mut Lanes, words: &'w [Word]) -> &'w [Word] {
    let (blocks, rest) = words.as_chunks::<16>();
    abreast::take_up(lanes, blocks);
    rest
}

#[cfg(not(any(
    all(target_arch = "x86_64", feature = "fast-crc"),
    all(target_family = "wasm", target_feature = "simd128")
)))]
#[inline(always)]
fn blocks_of<'w>(_: &mut Lanes, words: &'w [Word]) -> &'w [Word] {
    words
}

/// Hides from a compiler to WebAssembly that one pair follows on another. Where it knows, it adds to the address before
/// each load, and forgets that a load can hold the offset.
#[inline(always)]
fn by_itself<T>(pair: &T) -> &T {
    if cfg!(target_family = "wasm") { black_box(pair) } else { pair }
}

#[inline(always)]
fn take_up(lanes: &mut Lanes, row: &[Word; 4]) {
    let ([a, b, c, d], [w0, w1, w2, w3]) = (lanes, row);
    and(a, *w0);
    and(b, *w1);
    and(c, *w2);
    and(d, *w3);
}

#[cfg(test)]
mod tests {
    use super::lanes::FACTOR;
    use super::*;

    /// How many words a lane has in a payload of so many bytes.
    const fn steps(bytes: u64) -> u64 {
        bytes / 16
    }

    /// What a change of one in a word is multiplied by, for all words of a payload of so many bytes.
    fn weights(bytes: u64) -> impl Iterator<Item = u64> {
        let mut weights = ENDS;
        (0..=steps(bytes)).flat_map(move |_| {
            let now = weights;
            weights = weights.map(|weight| weight.wrapping_mul(FACTOR));
            now
        })
    }

    /// Whether adding this to the 64 bits surely changes their high half.
    fn is_seen(difference: u64) -> bool {
        !matches!((difference >> 32) as u32, 0 | u32::MAX)
    }

    #[test]
    fn every_change_of_one_bit_is_seen_in_64_mib() {
        for weight in weights(64 << 20) {
            assert!((0..32).all(|bit| is_seen(weight << bit)), "{weight:#x}");
        }
    }

    #[test]
    fn every_change_of_one_byte_is_seen_in_256_kib() {
        for weight in weights(256 << 10) {
            for shift in [0, 8, 16, 24] {
                assert!((1..256).all(|by| is_seen((weight << shift).wrapping_mul(by))), "{weight:#x}");
            }
        }
    }

    /// By the definition, word by word.
    #[test]
    fn lengths_that_are_no_multiple_of_anything() {
        let payload: [u8; 67] = core::array::from_fn(|i| (i * 37 + 11) as u8);
        for len in 0..=payload.len() {
            assert_eq!(of(OPENING, &payload[..len]), by_definition(&payload[..len]), "{len}");
        }
    }

    #[test]
    fn long_payloads_whose_rows_are_taken_up_abreast() {
        let payload: [u8; 5000] = core::array::from_fn(|i| (i * i * 37 + i * 11) as u8);
        for len in (0..300).chain((300..5000).step_by(67)).chain(4090..4100) {
            assert_eq!(of(OPENING, &payload[..len]), by_definition(&payload[..len]), "{len}");
        }
    }

    const OPENING: u64 = 0x0506_0708_0102_0304;

    fn by_definition(payload: &[u8]) -> u32 {
        let mut lanes = [0x0102_0304, 0x0506_0708, 0, 0];
        for (i, word) in payload.chunks(4).enumerate() {
            let word = word.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            lanes[i % 4] = word.wrapping_add(FACTOR.wrapping_mul(lanes[i % 4]));
        }
        let total = (0..4).fold(0_u64, |sum, i| sum.wrapping_add(ENDS[i].wrapping_mul(lanes[i])));
        (total >> 32) as u32
    }
}
