//! CRC-32 (IEEE 802.3, reflected), over pieces.
//!
//! Three machines compute it. A server has a carry-less multiply: `crc32fast`. A guest and a 64-bit host
//! without it have native 64-bit shifts: [`sparse`], which ends in [`table`]. Firmware has neither:
//! [`table`] alone. The tables are 512 bytes everywhere.

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

    pub(crate) fn and(mut self, bytes: &[u8]) -> Self {
        self.0.update(bytes);
        self
    }

    pub(crate) fn finish(self) -> u32 {
        self.0.finalize()
    }
}
