//! SHA-256 of payloads, and SHA-512 of signed bytes (FIPS 180-4).
//!
//! The crate `sha2` takes 9 KB of flash for the one on a Cortex-M3, and 27 KB for the other. These take 3 KB together:
//! SHA-256 unrolls eight rounds, because payloads are long, and SHA-512 none.

mod sha256;
mod sha512;

pub use sha256::{Sha256, sha256};
pub(crate) use sha512::Sha512;

/// Block that is being filled.
#[derive(Clone)]
struct Block<const LEN: usize> {
    bytes: [u8; LEN],
    len: u64,
}

impl<const LEN: usize> Block<LEN> {
    const EMPTY: Self = Self { bytes: [0; LEN], len: 0 };

    /// Passes on whole blocks, and keeps the rest.
    fn update(&mut self, mut bytes: &[u8], mut compress: impl FnMut(&[u8; LEN])) {
        let filled = (self.len % LEN as u64) as usize;
        self.len = self.len.wrapping_add(bytes.len() as u64);
        if filled != 0 {
            let taken = bytes.len().min(LEN - filled);
            let (first, rest) = bytes.split_at(taken);
            self.bytes[filled..filled + taken].copy_from_slice(first);
            if filled + taken < LEN {
                return;
            }
            compress(&self.bytes);
            bytes = rest;
        }
        let (blocks, rest) = bytes.as_chunks();
        blocks.iter().for_each(&mut compress);
        self.bytes[..rest.len()].copy_from_slice(rest);
    }

    /// Passes on the rest, with the padding and the length in bits.
    fn finish(mut self, mut compress: impl FnMut(&[u8; LEN])) {
        let filled = (self.len % LEN as u64) as usize;
        self.bytes[filled] = 0x80;
        self.bytes[filled + 1..].fill(0);
        // The length takes an eighth of a block. Here it is below 2^64 bits, whose other half is 0.
        if filled + 1 + LEN / 8 > LEN {
            compress(&self.bytes);
            self.bytes.fill(0);
        }
        self.bytes[LEN - 8..].copy_from_slice(&self.len.wrapping_mul(8).to_be_bytes());
        compress(&self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;
    use sha2::Digest;

    fn check(bytes: &[u8], chunks: &[usize]) {
        let (mut short, mut long) = (Sha256::new(), Sha512::new());
        let mut left = bytes;
        for chunk in chunks.iter().copied().chain([bytes.len()]) {
            let (next, rest) = left.split_at(chunk.min(left.len()));
            short.update(next);
            long.update(next);
            left = rest;
        }
        assert_eq!(short.finish()[..], sha2::Sha256::digest(bytes)[..], "{} bytes", bytes.len());
        assert_eq!(long.finish()[..], sha2::Sha512::digest(bytes)[..], "{} bytes", bytes.len());
    }

    #[test]
    fn abc_has_its_known_hash() {
        let expected = [0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea];
        assert_eq!(sha256(b"abc")[..8], expected);
        let mut long = Sha512::new();
        long.update(b"abc");
        assert_eq!(long.finish()[..8], [0xdd, 0xaf, 0x35, 0xa1, 0x93, 0x61, 0x7a, 0xba]);
    }

    #[test]
    fn every_length_has_the_hash_of_another_library() {
        let bytes: Vec<u8> = (0..600_u32).map(|at| (at * at / 8) as u8).collect();
        for len in 0..bytes.len() {
            check(&bytes[..len], &[]);
        }
        check(&[0xff; 10_000], &[1, 64, 63, 128]);
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(
            bytes in prop::collection::vec(any::<u8>(), 0..2000),
            chunks in prop::collection::vec(0_usize..300, 0..10),
        ) {
            check(&bytes, &chunks);
        }
    }
}
