//! The envelope as it was first tried: a header of twelve bytes, and `crc32fast` on both sides.

extern crate alloc;

use alloc::vec::Vec;

const HEADER: usize = 12;

/// An envelope around a payload.
#[must_use]
pub fn wrap(payload: &[u8]) -> Vec<u8> {
    let mut envelope = Vec::with_capacity(HEADER + payload.len());
    envelope.extend_from_slice(&[b'I', b'A', 1, 0]);
    envelope.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    envelope.extend_from_slice(&crc32fast::hash(payload).to_le_bytes());
    envelope.extend_from_slice(payload);
    envelope
}

/// The payload of an envelope; nothing when its checksum is another.
#[must_use]
pub fn unwrap(envelope: &[u8]) -> Option<&[u8]> {
    let (header, payload) = envelope.split_at_checked(HEADER)?;
    let expected = u32::from_le_bytes(*header.last_chunk()?);
    (crc32fast::hash(payload) == expected).then_some(payload)
}
