//! Word by word, by tables: of half bytes, or, where 8 KiB are not too much, of bytes.

#[cfg(any(feature = "crc-tables", test))]
pub(super) mod bytes;
#[cfg(any(not(feature = "crc-tables"), test))]
pub(super) mod halves;

#[cfg(feature = "crc-tables")]
use bytes::reduce as eight_bytes;
#[cfg(not(feature = "crc-tables"))]
use halves::reduce as eight_bytes;

const POLYNOMIAL: u32 = 0xedb8_8320;

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
#[inline(always)]
pub(super) fn reduce(word: u64) -> u32 {
    eight_bytes(word)
}
