//! One record of the state area: 64 bytes that know their place and have a checksum.

use crate::crc::Crc;

/// Bytes of a record.
pub(crate) const RECORD: usize = 64;

/// Bytes of a record that its kind decides.
pub(crate) const PAYLOAD: usize = 56;

/// One record: kind (1 byte), detail (1), place (2), payload (56), CRC-32 of all before it (4); little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// What the payload is.
    pub(crate) kind: u8,
    /// A small number whose meaning the kind decides.
    pub(crate) detail: u8,
    /// The payload.
    pub(crate) payload: [u8; PAYLOAD],
}

impl Record {
    pub(crate) const HEADER: u8 = 0x51;
    pub(crate) const CONTROL: u8 = 0x52;
    pub(crate) const HIGH_WATER: u8 = 0x53;
    pub(crate) const KEY: u8 = 0x54;

    /// Encodes the record for its place in a bank.
    pub(crate) fn encode(&self, place: u16) -> [u8; RECORD] {
        let mut bytes = [0; RECORD];
        bytes[0] = self.kind;
        bytes[1] = self.detail;
        bytes[2..4].copy_from_slice(&place.to_le_bytes());
        bytes[4..60].copy_from_slice(&self.payload);
        let crc = Crc::of(&bytes[..60]);
        bytes[60..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Decodes a record, or returns `None` if it is not whole or belongs elsewhere.
    pub(crate) fn decode(bytes: &[u8; RECORD], place: u16) -> Option<Self> {
        let (body, crc) = bytes.split_at(60);
        let whole = Crc::of(body).to_le_bytes() == *crc && body[2..4] == place.to_le_bytes();
        let mut payload = [0; PAYLOAD];
        payload.copy_from_slice(&body[4..]);
        whole.then_some(Self { kind: body[0], detail: body[1], payload })
    }
}
