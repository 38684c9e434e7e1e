//! CCSDS Space Packets: the primary header, as in CCSDS 133.0-B-2, section 4.1.

use core::fmt;

/// Bytes of a primary header.
pub const PACKET_HEADER_LEN: usize = 6;
/// Highest application process identifier, and with it the mask of its 11 bits.
const MAX_APID: u16 = 0x7FF;
/// Highest sequence count, and with it the mask of its 14 bits.
const MAX_COUNT: u16 = 0x3FFF;
/// Longest data field, in bytes.
const MAX_DATA: usize = 65_536;

/// Direction of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketKind {
    /// From the vehicle: type bit 0.
    Telemetry,
    /// To the vehicle: type bit 1.
    Telecommand,
}

/// Place of a packet in a series: the sequence flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// In the middle: 0b00.
    Continuation,
    /// The first one: 0b01.
    First,
    /// The last one: 0b10.
    Last,
    /// Not a series: 0b11.
    Unsegmented,
}

/// Space Packet: the fields of its primary header, and its data field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Direction.
    pub kind: PacketKind,
    /// Whether the data field begins with a secondary header.
    pub secondary_header: bool,
    /// Application process identifier: 0 to 2,047.
    pub apid: u16,
    /// Place in a series.
    pub segment: Segment,
    /// Sequence count of this APID: 0 to 16,383, then again 0.
    pub count: u16,
    /// Data field: 1 to 65,536 bytes.
    pub data: &'a [u8],
}

/// Errors of a Space Packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketError {
    /// Fewer bytes than a primary header has.
    Short {
        /// Bytes that came.
        found: usize,
    },
    /// Another version than 0.
    Version {
        /// The version: 1 to 7.
        found: u8,
    },
    /// The data field has another length than its header says.
    Length {
        /// Bytes of the data field.
        found: usize,
        /// What the header says.
        expected: usize,
    },
    /// An APID of more than 11 bits.
    Apid {
        /// The APID.
        found: u16,
    },
    /// A sequence count of more than 14 bits.
    Count {
        /// The count.
        found: u16,
    },
    /// An empty data field, or more than 65,536 bytes.
    Data {
        /// Bytes of the data field.
        found: usize,
    },
    /// The packet does not fit.
    Buffer {
        /// Bytes of the buffer.
        found: usize,
        /// Bytes of the packet.
        expected: usize,
    },
}

impl<'a> Packet<'a> {
    /// Reads a packet that fills `bytes`.
    ///
    /// # Errors
    ///
    /// [`PacketError::Short`], [`PacketError::Version`], [`PacketError::Length`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PacketError> {
        let short = PacketError::Short { found: bytes.len() };
        let ([b0, b1, b2, b3, b4, b5], data) = bytes.split_first_chunk().ok_or(short)?;
        if b0 >> 5 != 0 {
            return Err(PacketError::Version { found: b0 >> 5 });
        }
        let expected = usize::from(u16::from_be_bytes([*b4, *b5])) + 1;
        if data.len() != expected {
            return Err(PacketError::Length { found: data.len(), expected });
        }
        Ok(Self {
            kind: if b0 & 0x10 == 0 { PacketKind::Telemetry } else { PacketKind::Telecommand },
            secondary_header: b0 & 0x08 != 0,
            apid: u16::from_be_bytes([*b0, *b1]) & MAX_APID,
            segment: [Segment::Continuation, Segment::First, Segment::Last, Segment::Unsegmented]
                [usize::from(b2 >> 6)],
            count: u16::from_be_bytes([*b2, *b3]) & MAX_COUNT,
            data,
        })
    }

    /// Writes the packet. Returns how many bytes it has.
    ///
    /// # Errors
    ///
    /// [`PacketError::Apid`], [`PacketError::Count`], [`PacketError::Data`], [`PacketError::Buffer`].
    pub fn write(&self, out: &mut [u8]) -> Result<usize, PacketError> {
        if self.apid > MAX_APID {
            return Err(PacketError::Apid { found: self.apid });
        }
        if self.count > MAX_COUNT {
            return Err(PacketError::Count { found: self.count });
        }
        if self.data.is_empty() || self.data.len() > MAX_DATA {
            return Err(PacketError::Data { found: self.data.len() });
        }
        let expected = PACKET_HEADER_LEN + self.data.len();
        let buffer = PacketError::Buffer { found: out.len(), expected };
        let (header, data) = out
            .get_mut(..expected)
            .and_then(|out| out.split_at_mut_checked(PACKET_HEADER_LEN))
            .ok_or(buffer)?;
        let identification = u16::from(self.kind == PacketKind::Telecommand) << 12
            | u16::from(self.secondary_header) << 11
            | self.apid;
        header[..2].copy_from_slice(&identification.to_be_bytes());
        header[2..4].copy_from_slice(&((self.segment as u16) << 14 | self.count).to_be_bytes());
        header[4..].copy_from_slice(&((self.data.len() - 1) as u16).to_be_bytes());
        data.copy_from_slice(self.data);
        Ok(expected)
    }
}

impl fmt::Display for PacketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { found } => write!(f, "packet of {found} bytes (at least {PACKET_HEADER_LEN})"),
            Self::Version { found } => write!(f, "packet of version {found} (expected 0)"),
            Self::Length { found, expected } => {
                write!(f, "data field of {found} bytes, its header says {expected}")
            }
            Self::Apid { found } => write!(f, "APID {found} (limit {MAX_APID})"),
            Self::Count { found } => write!(f, "sequence count {found} (limit {MAX_COUNT})"),
            Self::Data { found } => write!(f, "data field of {found} bytes (1 to {MAX_DATA})"),
            Self::Buffer { found, expected } => {
                write!(f, "packet of {expected} bytes in a buffer of {found}")
            }
        }
    }
}

impl core::error::Error for PacketError {}
