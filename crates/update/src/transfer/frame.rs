//! Frames: a message and its CRC-32, stuffed by COBS so that a zero byte ends each.

use crate::crc::Crc;
use aingle_wasm_manifest::MAX_HEADER_LEN;

/// Longest message: an offer with the longest manifest.
pub(crate) const MAX_MESSAGE: usize = 2 + 4 + MAX_HEADER_LEN;

/// Longest frame on the wire, in bytes. Buffers for frames have this length.
pub const MAX_FRAME: usize = cobs::max_encoding_length(MAX_MESSAGE + 4) + 2;

/// Collects bytes until a frame is whole.
#[derive(Clone, Debug)]
pub(crate) struct Frames {
    buffer: [u8; MAX_FRAME],
    filled: usize,
    /// Set while a frame is passed over that is too long.
    skipping: bool,
}

impl Frames {
    pub(crate) const fn new() -> Self {
        Self { buffer: [0; MAX_FRAME], filled: 0, skipping: false }
    }

    /// Takes a byte. Returns the message when the byte ends a whole frame, and passes over anything else.
    pub(crate) fn push(&mut self, byte: u8) -> Option<&[u8]> {
        if byte != 0 {
            match self.buffer.get_mut(self.filled) {
                Some(place) if !self.skipping => {
                    *place = byte;
                    self.filled += 1;
                }
                _ => self.skipping = true,
            }
            return None;
        }
        let (filled, skipped) = (core::mem::take(&mut self.filled), core::mem::take(&mut self.skipping));
        if skipped || filled == 0 {
            return None;
        }
        let frame = &mut self.buffer[..filled];
        let len = cobs::decode_in_place(frame).ok()?;
        let (message, crc) = frame.get(..len)?.split_last_chunk::<4>()?;
        (Crc::of(message).to_le_bytes() == *crc).then_some(message)
    }
}

/// Encodes a frame that is made of parts: a zero, the bytes, a zero. Returns its length, or 0 if it is too long.
pub(crate) fn encode(parts: &[&[u8]], out: &mut [u8; MAX_FRAME]) -> usize {
    let mut crc = Crc::new();
    let mut encoder = cobs::CobsEncoder::new(&mut out[1..MAX_FRAME - 1]);
    let mut fits = true;
    for part in parts {
        crc.update(part);
        fits &= encoder.push(part).is_ok();
    }
    fits &= encoder.push(&crc.value().to_le_bytes()).is_ok();
    if !fits {
        return 0;
    }
    let len = encoder.finalize();
    out[0] = 0;
    out[1 + len] = 0;
    len + 2
}
