//! CRC-32 (IEEE 802.3, reflected), over pieces.

/// A checksum under way.
#[derive(Clone)]
pub(crate) struct Crc(Inner);

#[cfg(feature = "fast-crc")]
type Inner = crc32fast::Hasher;
#[cfg(not(feature = "fast-crc"))]
type Inner = small::Hasher;

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

/// Sixteen words of table, half a byte at a time: for guests and firmware, where 16 KiB of tables
/// would be most of the program.
#[cfg_attr(feature = "fast-crc", cfg(test))]
mod small {
    const POLYNOMIAL: u32 = 0xedb8_8320;

    const TABLE: [u32; 16] = {
        let mut table = [0; 16];
        let mut i = 0;
        while i < 16 {
            let mut crc = i as u32;
            let mut bit = 0;
            while bit < 4 {
                crc = (crc >> 1) ^ if crc & 1 == 1 { POLYNOMIAL } else { 0 };
                bit += 1;
            }
            table[i] = crc;
            i += 1;
        }
        table
    };

    #[derive(Clone)]
    pub(crate) struct Hasher(u32);

    impl Hasher {
        pub(crate) fn new() -> Self {
            Self(!0)
        }

        pub(crate) fn update(&mut self, bytes: &[u8]) {
            for &byte in bytes {
                self.0 ^= u32::from(byte);
                for _ in 0..2 {
                    self.0 = (self.0 >> 4) ^ TABLE[(self.0 & 0xf) as usize];
                }
            }
        }

        pub(crate) fn finalize(self) -> u32 {
            !self.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::small;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_methods_agree(a: std::vec::Vec<u8>, b: std::vec::Vec<u8>) {
            let mut small = small::Hasher::new();
            small.update(&a);
            small.update(&b);
            let mut fast = crc32fast::Hasher::new();
            fast.update(&a);
            fast.update(&b);
            prop_assert_eq!(small.finalize(), fast.finalize());
        }
    }

    extern crate std;
}
