//! COBS: frames without a zero byte, and a zero between them.

use super::frame::MAX_FRAME;

/// Longest frame on the wire with its two zeros, in bytes. Buffers for frames have this length.
pub const MAX_WIRE: usize = cobs::max_encoding_length(MAX_FRAME) + 2;

/// What a byte on the wire ends.
pub(crate) enum Ended<'a> {
    Frame(&'a [u8]),
    /// Bytes that are not COBS.
    Garbled,
    /// More bytes than the longest frame has.
    Overlong,
}

/// Collects bytes until a frame is whole. A zero byte begins anew, whatever came before.
#[derive(Clone, Debug)]
pub(crate) struct Frames {
    buffer: [u8; MAX_WIRE - 2],
    filled: usize,
    /// Set while bytes are passed over, up to the next zero.
    skipping: bool,
}

impl Frames {
    /// The first bytes may be the rest of a frame, so they are passed over.
    pub(crate) const fn new() -> Self {
        Self { buffer: [0; MAX_WIRE - 2], filled: 0, skipping: true }
    }

    /// Takes a byte. Returns what it ends, or `None`.
    pub(crate) fn push(&mut self, byte: u8) -> Option<Ended<'_>> {
        if byte != 0 {
            return if self.skipping { None } else { self.keep(byte) };
        }
        let filled = core::mem::take(&mut self.filled);
        if core::mem::take(&mut self.skipping) || filled == 0 {
            return None;
        }
        let frame = self.buffer.get_mut(..filled)?;
        let decoded = cobs::decode_in_place(frame).ok();
        Some(decoded.and_then(|len| self.buffer.get(..len)).map_or(Ended::Garbled, Ended::Frame))
    }

    /// Returns bytes of the frame that was decoded last.
    pub(crate) fn decoded(&self, from: usize, len: usize) -> &[u8] {
        self.buffer.get(from..from + len).unwrap_or_default()
    }

    fn keep(&mut self, byte: u8) -> Option<Ended<'_>> {
        let Some(place) = self.buffer.get_mut(self.filled) else {
            (self.filled, self.skipping) = (0, true);
            return Some(Ended::Overlong);
        };
        *place = byte;
        self.filled += 1;
        None
    }
}

/// Encodes a frame that is made of parts: a zero, the bytes, a zero. Returns its length, or `None` if it is too long.
pub(crate) fn encode(parts: &[&[u8]], out: &mut [u8; MAX_WIRE]) -> Option<usize> {
    let mut encoder = cobs::CobsEncoder::new(&mut out[1..MAX_WIRE - 1]);
    for part in parts {
        encoder.push(part).ok()?;
    }
    let len = encoder.finalize();
    out[0] = 0;
    *out.get_mut(1 + len)? = 0;
    Some(len + 2)
}
