//! CRC-32 (IEEE 802.3, reflected), over pieces: by `crc32fast` with the feature `fast-crc`, else by [`table`].

#[cfg(any(not(feature = "fast-crc"), test))]
mod table;

/// A checksum under way.
#[derive(Clone)]
pub(crate) struct Crc(Inner);

#[cfg(feature = "fast-crc")]
type Inner = crc32fast::Hasher;
#[cfg(not(feature = "fast-crc"))]
type Inner = table::Hasher;

impl Crc {
    pub(crate) fn new() -> Self {
        Self(Inner::new())
    }

    pub(crate) fn and(mut self, bytes: &[u8]) -> Self {
        self.0.update(bytes);
        self
    }

    pub(crate) fn finish(self) -> u32 {
        self.0.finalize()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn by_table(pieces: &[&[u8]]) -> u32 {
        let mut hasher = table::Hasher::new();
        pieces.iter().for_each(|piece| hasher.update(piece));
        hasher.finalize()
    }

    #[test]
    fn the_published_check_value() {
        assert_eq!(by_table(&[b"123456789"]), 0xcbf4_3926);
        assert_eq!(by_table(&[]), 0);
        assert_eq!(Crc::new().and(b"1234").and(b"56789").finish(), 0xcbf4_3926);
    }

    #[test]
    fn every_short_length() {
        let bytes: Vec<u8> = (0..100_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for len in 0..=bytes.len() {
            assert_eq!(by_table(&[&bytes[..len]]), crc32fast::hash(&bytes[..len]), "{len} bytes");
        }
    }

    proptest! {
        #[test]
        fn pieces_of_random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..4000), at: prop::sample::Index) {
            let (a, b) = bytes.split_at(at.index(bytes.len() + 1));
            prop_assert_eq!(by_table(&[a, b]), crc32fast::hash(&bytes));
        }
    }
}
