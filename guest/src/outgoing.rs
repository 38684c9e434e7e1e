//! An envelope on its way out: the payload is written first, the header when it is known.

use crate::buffer::Buffer;
use aingle_wasm_codec::{Data, Format, ValueError, value, write_header};
use aingle_wasm_types::{ErrorCode, Flags, Header, Packed, Version};
use core::hint::black_box;

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

    /// Writes a value. One that does not fit is written again, when the buffer is as large as it has to be.
    ///
    /// # Errors
    /// [`ValueError::BufferTooSmall`] when there is no memory for it, or why it cannot be written.
    pub(crate) fn write<T: Data>(&mut self, value: &T) -> Result<(), ValueError> {
        // What is in a register and had to outlive the calls below would be in memory in the loop that makes it, too: half as fast on a server.
        // Small guests do this for floats and bytes only: it takes flash.
        let in_register = size_of::<T>() <= size_of::<u64>();
        let kept = T::IS_ITEM || in_register && cfg!(target_feature = "bulk-memory");
        let value = if kept { black_box(value) } else { value };
        loop {
            let free = self.buffer.bytes_mut().get_mut(Header::LEN + self.len..).unwrap_or_default();
            let room = free.len();
            let len = value.write_data(free)?;
            if len <= room {
                self.len += len;
                return Ok(());
            }
            self.make_room(len)?;
        }
    }

    /// Makes room for so many bytes more.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self, len: usize) -> Result<(), ValueError> {
        let end = (Header::LEN + self.len).checked_add(len);
        if end.is_some_and(|end| self.buffer.grow(end)) { Ok(()) } else { Err(ValueError::BufferTooSmall) }
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
        value::copy(free, bytes);
        self.len += bytes.len();
        true
    }
}
