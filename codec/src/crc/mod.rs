//! CRC-32 (IEEE 802.3, reflected), over pieces.
//!
//! Three machines compute it. A server has a carry-less multiply: `crc32fast`. A guest and a 64-bit host
//! without it have native 64-bit shifts: [`sparse`], which ends in [`table`]. Firmware has neither:
//! [`table`] alone. The tables are 512 bytes, or 8 KiB with the feature `crc-tables`.

#[cfg(not(feature = "fast-crc"))]
mod small;
#[cfg_attr(feature = "fast-crc", cfg(test))]
mod sparse;
#[cfg_attr(feature = "fast-crc", cfg(test))]
mod table;
#[cfg(test)]
mod tests;

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

    /// Takes up eight bytes.
    pub(crate) fn and_word(mut self, word: [u8; 8]) -> Self {
        #[cfg(feature = "fast-crc")]
        self.0.update(&word);
        #[cfg(not(feature = "fast-crc"))]
        self.0.update_word(u64::from_le_bytes(word));
        self
    }

    pub(crate) fn and(mut self, bytes: &[u8]) -> Self {
        self.0.update(bytes);
        self
    }

    pub(crate) fn finish(self) -> u32 {
        self.0.finalize()
    }
}
