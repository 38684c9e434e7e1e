//! Where a host function writes its answer.

use super::arguments::Arguments;
use super::fault::HostFault;
use aingle_wasm_codec::schema::is_result;
use aingle_wasm_codec::{Data, ValueError};
use aingle_wasm_types::limits::KEPT_BUFFER;
use aingle_wasm_types::{ErrorCode, Flags, Header, Version};
use alloc::vec::Vec;

/// Answer of a host function. It is written into the guest's response buffer, or into a buffer of the host if it
/// does not fit there.
pub struct Response<'a> {
    /// The guest's response buffer behind the header.
    pub(super) buffer: &'a mut [u8],
    pub(super) len: usize,
    /// The whole answer behind room for its header, if the response buffer was too small: else empty.
    pub(super) spilled: &'a mut Vec<u8>,
    pub(super) flags: Flags,
    /// The version of the request, and so of the answer.
    pub(super) version: Version,
    /// The most bytes of an answer.
    pub(super) limit: usize,
    /// How typed arguments are read.
    pub(super) arguments: &'a mut Arguments,
}

impl Response<'_> {
    /// Appends bytes to the answer.
    pub fn write(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        if self.spilled.is_empty() {
            if let Some(free) = self.buffer.get_mut(self.len..end) {
                free.copy_from_slice(bytes);
                self.len = end;
                return;
            }
            // One allocation: this is often the last write.
            self.spilled.reserve(Header::LEN + end);
            self.spilled.resize(Header::LEN, 0);
            self.spilled.extend_from_slice(&self.buffer[..self.len]);
        }
        self.spilled.extend_from_slice(bytes);
        self.len = end;
    }

    /// Answers with an application error, as bytes.
    pub fn write_error(&mut self, bytes: &[u8]) {
        self.error(ErrorCode::Application, bytes);
    }

    pub(super) fn error(&mut self, code: ErrorCode, body: &[u8]) {
        self.clear();
        self.flags = Flags::ERROR;
        self.write(&code.to_prefix()[..prefix_len(self.version)]);
        self.write(body);
    }

    fn clear(&mut self) {
        self.len = 0;
        empty(self.spilled);
    }

    /// Writes a typed result; an `Err` as an error envelope.
    pub(super) fn typed<R: Data>(&mut self, result: &R) -> Result<(), HostFault> {
        self.len = result.write_data(self.buffer).map_err(HostFault::bad_result)?;
        if self.len > self.limit {
            // It is refused, and needs no memory.
            return Ok(());
        }
        if self.len > self.buffer.len() {
            self.spilled.resize(Header::LEN + self.len, 0);
            let written =
                result.write_data(&mut self.spilled[Header::LEN..]).map_err(HostFault::bad_result)?;
            if written != self.len {
                return Err(HostFault::bad_result(ValueError::BufferTooSmall));
            }
        }
        if const { is_result::<R>() } && self.bytes().first() == Some(&1) {
            let body = self.bytes().to_vec();
            self.error(ErrorCode::ApplicationTyped, &body);
        }
        Ok(())
    }

    fn bytes(&self) -> &[u8] {
        if self.spilled.is_empty() { &self.buffer[..self.len] } else { &self.spilled[Header::LEN..] }
    }
}

/// Empties a buffer, and frees it if it is large.
pub(super) fn empty(buffer: &mut Vec<u8>) {
    if buffer.capacity() > KEPT_BUFFER {
        *buffer = Vec::new();
    }
    buffer.clear();
}

/// How much of [`ErrorCode::to_prefix`] stands before an error's body: all of it, or nothing in version
/// 1, whose errors have no code.
pub(super) fn prefix_len(version: Version) -> usize {
    match version {
        Version::V1 => 0,
        Version::V2 => ErrorCode::PREFIX_LEN,
    }
}
