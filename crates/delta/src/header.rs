//! How a patch begins.

/// The first four bytes of a patch.
pub const MAGIC: [u8; 4] = *b"AWDL";

/// The version of the format that this crate reads and writes.
pub const VERSION: u8 = 1;

/// Lengths that a patch declares, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Header {
    /// The length of the old module.
    pub old_len: u32,
    /// The length of the new module.
    pub new_len: u32,
}

impl Header {
    /// How many bytes a header has.
    pub const LEN: usize = 13;

    /// Returns the header of a patch, or `None` if the bytes are not those of a header of this version.
    #[must_use]
    pub fn read(patch: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::LEN] = patch.first_chunk()?;
        let [m0, m1, m2, m3, version, a0, a1, a2, a3, b0, b1, b2, b3] = *bytes;
        let (old_len, new_len) = (u32::from_le_bytes([a0, a1, a2, a3]), u32::from_le_bytes([b0, b1, b2, b3]));
        ([m0, m1, m2, m3] == MAGIC && version == VERSION).then_some(Self { old_len, new_len })
    }

    /// Returns the bytes of the header.
    #[must_use]
    pub fn bytes(self) -> [u8; Self::LEN] {
        let ([m0, m1, m2, m3], [a0, a1, a2, a3]) = (MAGIC, self.old_len.to_le_bytes());
        let [b0, b1, b2, b3] = self.new_len.to_le_bytes();
        [m0, m1, m2, m3, VERSION, a0, a1, a2, a3, b0, b1, b2, b3]
    }
}
