//! The checksum of an envelope.

use crate::crc::Crc;
use crate::sum;
use aingle_wasm_types::{Flags, Header, Version};
use core::fmt;

/// Kind of checksum that an envelope has; the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Checksum {
    /// No checksum. Only for the memory of one process, where a changed byte would mean that the process
    /// is broken anyway; never from a wire, a disk or flash.
    None,
    /// Both sides compute and compare a sum that costs a guest a small part of a CRC-32. It sees every change of
    /// one bit, and of other changes all but about one in 2^32. Only for the memory of one process.
    Sum,
    /// Both sides compute and compare the CRC-32. It also sees every change within 32 bits in a row. Not
    /// an adversary's: that takes [`encryption`](crate::encryption).
    #[default]
    Crc32,
}

impl Checksum {
    /// Returns the kind that an envelope with this header has.
    #[must_use]
    pub const fn of(header: &Header) -> Self {
        if header.flags.contains(Flags::TRUSTED) {
            Self::None
        } else if header.flags.contains(Flags::SUM) {
            Self::Sum
        } else {
            Self::Crc32
        }
    }

    /// The flag that says so.
    pub(crate) const fn flag(self) -> Flags {
        match self {
            Self::None => Flags::TRUSTED,
            Self::Sum => Flags::SUM,
            Self::Crc32 => Flags::NONE,
        }
    }

    /// The checksum of an envelope with this header, whatever the header's own field says.
    #[inline]
    pub(crate) fn compute(self, header: &Header, payload: &[u8]) -> u32 {
        match self {
            Self::None => 0,
            Self::Sum => sum::of(header.opening(), payload),
            Self::Crc32 => crc32(header.version, header.opening(), payload),
        }
    }
}

/// Version 1 covers the payload alone.
#[inline(never)]
fn crc32(version: Version, opening: u64, payload: &[u8]) -> u32 {
    let crc = match version {
        Version::V1 => Crc::new(),
        Version::V2 => Crc::new().and(&opening.to_le_bytes()),
    };
    crc.and(payload).finish()
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Sum => "a sum",
            Self::Crc32 => "a CRC-32",
        })
    }
}
