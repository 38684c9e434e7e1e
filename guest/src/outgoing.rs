//! An envelope on its way out: the payload is written first, the header when it is known.

use crate::buffer::Buffer;
use aingle_wasm_codec::{Format, value, write_header};
use aingle_wasm_types::{ErrorCode, Flags, Header, Packed, Version};

/// A payload that is being written, behind room for its header.
#[derive(Default)]
pub(crate) struct Outgoing {
    buffer: Buffer,
    len: usize,
}

impl Outgoing {
    /// An empty payload.
    pub(crate) const fn new(buffer: Buffer) -> Self {
        Self { buffer, len: 0 }
    }

    /// Begins again: with what goes before an error's body, if it is one. Version 1 has no codes.
    /// Says whether there was memory for it.
    #[must_use]
    #[inline]
    pub(crate) fn begin(&mut self, error: Option<ErrorCode>, version: Version) -> bool {
        self.len = 0;
        match error {
            Some(code) if version == Version::V2 => value::Sink::push(self, &code.to_prefix()),
            _ => true,
        }
    }

    /// What was written.
    pub(crate) fn payload(&self) -> &[u8] {
        self.envelope().get(Header::LEN..).unwrap_or_default()
    }

    /// How many bytes were written.
    #[cfg(feature = "lz4")]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// What was written, to be changed.
    #[cfg(feature = "lz4")]
    pub(crate) fn payload_mut(&mut self) -> &mut [u8] {
        let len = self.len;
        self.buffer.bytes_mut().get_mut(Header::LEN..Header::LEN + len).unwrap_or_default()
    }

    /// Shortens the payload to `len` bytes.
    #[cfg(feature = "lz4")]
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Writes the header. Says whether there was memory for it.
    #[must_use]
    pub(crate) fn finish(&mut self, flags: Flags, format: Format) -> bool {
        let len = Header::LEN + self.len;
        if !self.buffer.grow(len) {
            return false;
        }
        self.buffer
            .bytes_mut()
            .get_mut(..len)
            .is_some_and(|envelope| write_header(envelope, flags, format).is_ok())
    }

    /// Where the envelope lies, when it is finished.
    pub(crate) fn packed(&self) -> Packed {
        Packed { ptr: self.buffer.address(), len: (Header::LEN + self.len) as u32 }
    }

    /// The buffer that holds it.
    pub(crate) fn into_buffer(self) -> Buffer {
        self.buffer
    }

    /// The envelope, when it is finished.
    pub(crate) fn envelope(&self) -> &[u8] {
        self.buffer.bytes().get(..Header::LEN + self.len).unwrap_or_default()
    }
}

/// Writes the header of a result that is in a buffer, behind room for it, and returns where the envelope is.
pub(crate) fn head(buffer: &mut Buffer, len: usize, format: Format) -> Option<Packed> {
    let envelope = buffer.bytes_mut().get_mut(..Header::LEN + len)?;
    write_header(envelope, Flags::NONE, format).ok()?;
    Some(Packed { ptr: buffer.address(), len: (Header::LEN + len) as u32 })
}

impl value::Sink for Outgoing {
    fn push(&mut self, bytes: &[u8]) -> bool {
        let start = Header::LEN + self.len;
        let Some(end) = start.checked_add(bytes.len()).filter(|&end| self.buffer.grow(end)) else {
            return false;
        };
        let Some(free) = self.buffer.bytes_mut().get_mut(start..end) else { return false };
        copy(free, bytes);
        self.len += bytes.len();
        true
    }
}

/// Copies `from` to `to`, which is as long. Where WebAssembly has an instruction for that, an engine calls a function of
/// its own, which takes longer than a short copy: postcard writes a few bytes at a time.
#[inline]
fn copy(to: &mut [u8], from: &[u8]) {
    match from.len() {
        _ if !cfg!(target_feature = "bulk-memory") => to.copy_from_slice(from),
        1 => both_ends(to, from, |to: &mut [u8; 1], from| *to = *from),
        2..=3 => both_ends(to, from, |to: &mut [u8; 2], from| *to = *from),
        4..=7 => both_ends(to, from, |to: &mut [u8; 4], from| *to = *from),
        8..=16 => both_ends(to, from, |to: &mut [u8; 8], from| *to = *from),
        32..=64 => both_ends(to, from, copy_words),
        _ => to.copy_from_slice(from),
    }
}

/// Copies the first and the last `N` bytes, which may overlap.
#[inline(always)]
fn both_ends<const N: usize>(to: &mut [u8], from: &[u8], copy: impl Fn(&mut [u8; N], &[u8; N])) {
    if let (Some(to), Some(from)) = (to.first_chunk_mut(), from.first_chunk()) {
        copy(to, from);
    }
    if let (Some(to), Some(from)) = (to.last_chunk_mut(), from.last_chunk()) {
        copy(to, from);
    }
}

/// Word by word, of which a compiler does not make that instruction.
#[inline(always)]
fn copy_words(to: &mut [u8; 32], from: &[u8; 32]) {
    let (to, from) = (to.as_chunks_mut().0, from.as_chunks().0);
    if let ([to0, to1, to2, to3], [from0, from1, from2, from3]) = (to, from) {
        let word = |to: &mut [u8; 8], from: &[u8; 8]| *to = u64::from_le_bytes(*from).to_le_bytes();
        word(to0, from0);
        word(to1, from1);
        word(to2, from2);
        word(to3, from3);
    }
}
