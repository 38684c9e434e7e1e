//! SHA-256 of payloads, and SHA-512 of signed bytes (FIPS 180-4).
//!
//! The crate `sha2` takes 9 KB of flash for the one on a Cortex-M3, and 27 KB for the other. These take 3 KB together:
//! SHA-256 unrolls eight rounds, because payloads are long, and SHA-512 none.

mod block;
mod sha256;
mod sha512;

pub use sha256::{Sha256, sha256};
pub(crate) use sha512::Sha512;

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
