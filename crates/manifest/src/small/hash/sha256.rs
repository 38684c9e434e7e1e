//! SHA-256.

use super::block::Block;
use super::sha512::CONSTANTS;

/// Running SHA-256. Its clone continues by itself.
#[derive(Clone)]
pub struct Sha256 {
    state: [u32; 8],
    block: Block<64>,
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

impl Sha256 {
    /// Starts a hash of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { state: INITIAL, block: Block::EMPTY }
    }

    /// Adds the next bytes.
    #[inline(never)]
    pub fn update(&mut self, bytes: &[u8]) {
        self.block.update(bytes, |block| compress(&mut self.state, block));
    }

    /// Returns the hash of all bytes.
    #[must_use]
    #[inline(never)]
    pub fn finish(self) -> [u8; 32] {
        let Self { mut state, block } = self;
        block.finish(|block| compress(&mut state, block));
        let mut hash = [0; 32];
        for (bytes, word) in hash.chunks_exact_mut(4).zip(&state) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        hash
    }
}

impl core::fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Sha256")
    }
}

/// Returns the SHA-256 of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(bytes);
    hash.finish()
}

#[inline(never)]
fn compress(state: &mut [u32; 8], block: &[u8; 64]) {
    let mut words = [0; 64];
    for (word, bytes) in words.iter_mut().zip(block.as_chunks::<4>().0) {
        // A copy of four bytes would be a call at level "z".
        let [a, b, c, d] = bytes;
        *word = u32::from_be_bytes([*a, *b, *c, *d]);
    }
    expand(&mut words);
    let mut work = *state;
    rounds(&mut work, &words);
    for (word, work) in state.iter_mut().zip(&work) {
        *word = word.wrapping_add(*work);
    }
}

/// Computes the schedule from its first sixteen words, two words at a time.
#[inline(never)]
fn expand(words: &mut [u32; 64]) {
    for at in (0..48).step_by(2) {
        let Some(words) = words[at..].first_chunk_mut::<18>() else { return };
        macro_rules! words {
            ($($at:literal)*) => {$(
                let (early, late) = (words[$at + 1], words[$at + 14]);
                words[$at + 16] = words[$at]
                    .wrapping_add(early.rotate_right(7) ^ early.rotate_right(18) ^ early >> 3)
                    .wrapping_add(words[$at + 9])
                    .wrapping_add(late.rotate_right(17) ^ late.rotate_right(19) ^ late >> 10);
            )*};
        }
        words!(0 1);
    }
}

/// The rounds, eight at a time: then each variable is again where it was. The constants are the upper halves of the first 64 of
/// SHA-512.
#[inline(never)]
fn rounds(state: &mut [u32; 8], words: &[u32; 64]) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (words, constants) in words.as_chunks::<8>().0.iter().zip(CONSTANTS.as_chunks::<8>().0) {
        macro_rules! round {
            ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident $at:literal) => {
                $h = $h
                    .wrapping_add(words[$at])
                    .wrapping_add((constants[$at] >> 32) as u32)
                    .wrapping_add($e.rotate_right(6) ^ $e.rotate_right(11) ^ $e.rotate_right(25))
                    .wrapping_add(($f ^ $g) & $e ^ $g);
                $d = $d.wrapping_add($h);
                // The second difference was the first of the round before, which the compiler keeps.
                $h = $h
                    .wrapping_add($a.rotate_right(2) ^ $a.rotate_right(13) ^ $a.rotate_right(22))
                    .wrapping_add(($a ^ $b) & ($b ^ $c) ^ $b);
            };
        }
        round!(a b c d e f g h 0);
        round!(h a b c d e f g 1);
        round!(g h a b c d e f 2);
        round!(f g h a b c d e 3);
        round!(e f g h a b c d 4);
        round!(d e f g h a b c 5);
        round!(c d e f g h a b 6);
        round!(b c d e f g h a 7);
    }
    *state = [a, b, c, d, e, f, g, h];
}

/// Fractional parts of the square roots of the first eight primes.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
