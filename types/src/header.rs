//! The envelope's twelve-byte header.

use core::fmt;

/// The first two bytes of every envelope, as a little-endian `u16`: `49 41` on the wire.
pub const MAGIC: u16 = 0x4149;

/// What the checksum of an envelope covers, and which flags it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Version {
    /// The CRC-32 covers the payload only. Kept readable for older guests and stored envelopes.
    V1 = 1,
    /// The CRC-32 covers the first eight header bytes and the payload.
    V2 = 2,
}

impl Version {
    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::V1),
            2 => Some(Self::V2),
            _ => None,
        }
    }

    /// The flags that an envelope of this version may carry.
    #[must_use]
    pub const fn known_flags(self) -> Flags {
        match self {
            Self::V1 => Flags(0x0f),
            Self::V2 => Flags(0x3f),
        }
    }
}

/// The header's flag byte. A bit without a name is refused.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(u8);

impl Flags {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// The payload is an LZ4 block behind its decoded size, a little-endian `u32`.
    pub const LZ4: Self = Self(0x01);
    /// The payload is encrypted by an AEAD: see `docs/ABI.md`, "Encrypted envelopes". Never between a host and its guest.
    pub const ENCRYPTED: Self = Self(0x02);
    /// The sender waits for a response. Without this flag the envelope is a one-way notification.
    pub const EXPECTS_RESPONSE: Self = Self(0x04);
    /// The payload is an error: an [`ErrorCode`](crate::ErrorCode), two zero bytes, and its body.
    pub const ERROR: Self = Self(0x08);
    /// *Trusted memory*: the checksum field is zero and nothing was computed. Version 2, only
    /// between the two sides of one process, never from a wire, a disk or flash.
    pub const TRUSTED: Self = Self(0x10);
    /// The checksum is the *sum* of `docs/ABI.md` and no CRC-32. Version 2, only between the two sides of one
    /// process.
    pub const SUM: Self = Self(0x20);
    /// The flags that say which checksum an envelope has. At most one of them is set.
    pub const CHECKSUMS: Self = Self::TRUSTED.with(Self::SUM);

    /// The flag byte as it travels.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Both sets of flags together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These flags, less those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether every flag of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flags({:#04x})", self.0)
    }
}

/// The twelve bytes before every payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The envelope's version.
    pub version: Version,
    /// What the payload is and what the sender waits for.
    pub flags: Flags,
    /// The payload's length as it travels, in bytes.
    pub payload_len: u32,
    /// CRC-32 (IEEE 802.3, reflected, as zlib's `crc32`), unless a flag says otherwise.
    pub checksum: u32,
}

impl Header {
    /// The header's length, in bytes.
    pub const LEN: usize = 12;
    /// How many of its bytes come before the checksum field; version 2 covers these.
    pub const COVERED: usize = 8;

    /// The bytes before the checksum as one number, so that one store writes them and one load finds them whole.
    #[inline]
    #[must_use]
    pub const fn opening(&self) -> u64 {
        let first = MAGIC as u64 | (self.version as u64) << 16 | (self.flags.0 as u64) << 24;
        first | (self.payload_len as u64) << 32
    }

    /// The bytes before the checksum as they travel, little-endian.
    #[inline]
    #[must_use]
    pub const fn covered(&self) -> [u8; Self::COVERED] {
        self.opening().to_le_bytes()
    }

    /// The header as it travels, little-endian.
    #[inline]
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let (opening, checksum) = bytes.split_at_mut(Self::COVERED);
        opening.copy_from_slice(&self.covered());
        checksum.copy_from_slice(&self.checksum.to_le_bytes());
        bytes
    }

    /// Reads a header from the first bytes of `bytes`.
    ///
    /// # Errors
    /// [`HeaderError`] tells the first field that is wrong, what was expected and what was found.
    /// The payload's length is not compared with anything here: see [`Header::check_len`].
    #[inline]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HeaderError> {
        let Some((head, _)) = bytes.split_first_chunk::<{ Self::LEN }>() else {
            return Err(HeaderError::TooShort { expected: Self::LEN, found: bytes.len() });
        };
        let [covered @ .., c0, c1, c2, c3] = *head;
        let first = u64::from_le_bytes(covered);
        let (magic, version, flags) = (first as u16, (first >> 16) as u8, (first >> 24) as u8);
        if magic != MAGIC {
            return Err(HeaderError::Magic { found: magic });
        }
        let version = Version::from_byte(version).ok_or(HeaderError::Version { found: version })?;
        if !version.known_flags().contains(Flags(flags)) {
            return Err(HeaderError::UnknownFlags { found: flags, known: version.known_flags().0 });
        }
        let header = Self {
            version,
            flags: Flags(flags),
            payload_len: (first >> 32) as u32,
            checksum: u32::from_le_bytes([c0, c1, c2, c3]),
        };
        let checked = header.checksum != 0 || header.flags.contains(Flags::SUM);
        if header.flags.contains(Flags::TRUSTED) && checked {
            return Err(HeaderError::TrustedWithChecksum { found: header.checksum });
        }
        Ok(header)
    }

    /// Compares the length that the header declares with the bytes that are there.
    ///
    /// # Errors
    /// [`HeaderError::PayloadLen`] when there are fewer bytes, or bytes left over.
    #[inline]
    pub fn check_len(&self, payload_found: usize) -> Result<(), HeaderError> {
        match usize::try_from(self.payload_len) {
            Ok(declared) if declared == payload_found => Ok(()),
            _ => Err(HeaderError::PayloadLen { declared: self.payload_len, found: payload_found }),
        }
    }
}

/// Why a header was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HeaderError {
    /// Fewer bytes than a header has.
    TooShort {
        /// The header's length.
        expected: usize,
        /// The bytes that are there.
        found: usize,
    },
    /// The first two bytes are not [`MAGIC`].
    Magic {
        /// What they are.
        found: u16,
    },
    /// A version other than 1 and 2.
    Version {
        /// The version byte.
        found: u8,
    },
    /// A flag that the envelope's version does not name.
    UnknownFlags {
        /// The flag byte.
        found: u8,
        /// The flags that are known.
        known: u8,
    },
    /// The flag [`Flags::TRUSTED`] beside a checksum, or beside [`Flags::SUM`]: one of the two is wrong.
    TrustedWithChecksum {
        /// The checksum field.
        found: u32,
    },
    /// The payload is shorter or longer than declared.
    PayloadLen {
        /// The length in the header.
        declared: u32,
        /// The bytes behind the header.
        found: usize,
    },
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooShort { expected, found } => {
                write!(f, "envelope too short: expected at least {expected} bytes, found {found}")
            }
            Self::Magic { found } => {
                write!(f, "not an envelope: expected magic {MAGIC:#06x}, found {found:#06x}")
            }
            Self::Version { found } => {
                write!(f, "unsupported envelope version: expected 1 or 2, found {found}")
            }
            Self::UnknownFlags { found, known } => {
                write!(f, "unknown envelope flags: expected only bits of {known:#04x}, found {found:#04x}")
            }
            Self::TrustedWithChecksum { found } => {
                write!(f, "trusted-memory envelope with a checksum: expected 0, found {found:#010x}")
            }
            Self::PayloadLen { declared, found } => {
                write!(f, "payload length differs: expected {declared} bytes, found {found}")
            }
        }
    }
}

impl core::error::Error for HeaderError {}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header =
        Header { version: Version::V2, flags: Flags::LZ4, payload_len: 7, checksum: 0x0102_0304 };

    #[test]
    fn a_header_reads_back() {
        assert_eq!(Header::from_bytes(&HEADER.to_bytes()), Ok(HEADER));
    }

    /// Lesson 8: unknown flags, version 0, versions above 2.
    #[test]
    fn lesson_08_unknown_flags_and_versions_are_refused() {
        for version in (0..=255).filter(|v| ![1, 2].contains(v)) {
            let mut bytes = HEADER.to_bytes();
            bytes[2] = version;
            assert_eq!(Header::from_bytes(&bytes), Err(HeaderError::Version { found: version }));
        }
        for (version, first_unknown) in [(1, 4), (2, 6)] {
            for bit in first_unknown..8 {
                let mut bytes = HEADER.to_bytes();
                bytes[2] = version;
                bytes[3] = 1 << bit;
                assert!(matches!(Header::from_bytes(&bytes), Err(HeaderError::UnknownFlags { .. })));
            }
        }
    }

    #[test]
    fn trusted_memory_has_no_checksum() {
        let trusted = Header { flags: Flags::TRUSTED, ..HEADER };
        let found = HEADER.checksum;
        assert_eq!(Header::from_bytes(&trusted.to_bytes()), Err(HeaderError::TrustedWithChecksum { found }));
        let trusted = Header { checksum: 0, ..trusted };
        assert_eq!(Header::from_bytes(&trusted.to_bytes()), Ok(trusted));
        let summed = Header { flags: Flags::CHECKSUMS, ..trusted };
        let refused = HeaderError::TrustedWithChecksum { found: 0 };
        assert_eq!(Header::from_bytes(&summed.to_bytes()), Err(refused));
    }

    #[test]
    fn every_short_input_is_refused() {
        for len in 0..Header::LEN {
            let found = HEADER.to_bytes();
            assert_eq!(
                Header::from_bytes(&found[..len]),
                Err(HeaderError::TooShort { expected: 12, found: len })
            );
        }
    }
}
