//! How a patch begins.

use crate::error::ApplyError;

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
        let (magic, version, header) = Self::split(bytes);
        (magic == MAGIC && version == VERSION).then_some(header)
    }

    /// Returns the header, if it fits the old module and the longest new one.
    pub(crate) fn check<E>(
        bytes: &[u8; Self::LEN],
        old_len: u32,
        max_len: u32,
    ) -> Result<Self, ApplyError<E>> {
        let (found, version, header) = Self::split(bytes);
        if found != MAGIC {
            return Err(ApplyError::NotAPatch { found });
        }
        if version != VERSION {
            return Err(ApplyError::Version { found: version });
        }
        if header.old_len != old_len {
            return Err(ApplyError::OldLength { patch: header.old_len, device: old_len });
        }
        if header.new_len > max_len {
            return Err(ApplyError::TooLong { len: header.new_len, max: max_len });
        }
        Ok(header)
    }

    /// Returns the magic number, the version, and the rest.
    fn split(bytes: &[u8; Self::LEN]) -> ([u8; 4], u8, Self) {
        let [m0, m1, m2, m3, version, a0, a1, a2, a3, b0, b1, b2, b3] = *bytes;
        let (old_len, new_len) = (u32::from_le_bytes([a0, a1, a2, a3]), u32::from_le_bytes([b0, b1, b2, b3]));
        ([m0, m1, m2, m3], version, Self { old_len, new_len })
    }

    /// Returns the bytes of the header.
    #[must_use]
    pub fn bytes(self) -> [u8; Self::LEN] {
        let ([m0, m1, m2, m3], [a0, a1, a2, a3]) = (MAGIC, self.old_len.to_le_bytes());
        let [b0, b1, b2, b3] = self.new_len.to_le_bytes();
        [m0, m1, m2, m3, VERSION, a0, a1, a2, a3, b0, b1, b2, b3]
    }
}
