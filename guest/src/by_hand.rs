//! Entry points written by hand, as older guests have them.
//!
//! ```
//! use aingle_wasm_guest::prelude::*;
//!
//! #[unsafe(no_mangle)]
//! pub extern "C" fn my_function(ptr: u32, len: u32) -> u64 {
//!     match host_args(ptr, len) {
//!         Ok(input) => return_ok(&input),
//!         Err(_) => return_err(b"failed to decode input"),
//!     }
//! }
//! ```

use crate::args::BadRequest;
use crate::buffer::Buffer;
use crate::call::open;
use crate::raw;
use aingle_wasm_codec::{Style, encode_into, write_error};
use aingle_wasm_types::{ErrorCode, Flags, Header, Version};
use alloc::vec::Vec;
use bumpalo::Bump;
use core::ops::Deref;

/// The payload of a request: bytes, by [`Deref`].
///
/// It is a copy. A function written by hand has no scope that a borrow could end with; `#[export]`
/// has, and copies nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input(Vec<u8>);

impl Deref for Input {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// The payload of the request at `ptr`.
///
/// # Errors
/// [`BadRequest`] when there is no request at that place, or its envelope is refused.
pub fn host_args(ptr: u32, len: u32) -> Result<Input, BadRequest> {
    raw::with_runtime(|runtime| {
        runtime.enter();
        let read = |arena: &Bump, request: Option<&[u8]>| {
            let (envelope, payload) = open(arena, request)?;
            let style = Style::of(envelope.header());
            runtime.style.set(Some(style));
            runtime.integrity.set(style.integrity);
            let mut input = Vec::new();
            input.try_reserve_exact(payload.len()).map_err(|_| BadRequest::OutOfMemory)?;
            input.extend_from_slice(payload);
            Ok(Input(input))
        };
        runtime.with_arena(|arena| runtime.with_request(ptr, len, |request| read(arena, request)))
    })
}

/// Writes a reply, of any size, and says where it lies: what an entry point returns.
#[must_use]
pub fn return_ok(payload: &[u8]) -> u64 {
    reply(|buffer, style| {
        let len = Header::LEN.checked_add(payload.len())?;
        buffer.grow(len).then(|| encode_into(buffer.room_mut(), payload, Flags::NONE, style).ok())?
    })
}

/// Writes an error, of any size, and says where it lies: what an entry point returns.
#[must_use]
pub fn return_err(body: &[u8]) -> u64 {
    reply(|buffer, style| {
        if style.version == Version::V1 {
            let len = Header::LEN.checked_add(body.len())?;
            return buffer
                .grow(len)
                .then(|| encode_into(buffer.room_mut(), body, Flags::ERROR, style).ok())?;
        }
        let start = Header::LEN + ErrorCode::PREFIX_LEN;
        let end = start.checked_add(body.len())?;
        if !buffer.grow(end) {
            return None;
        }
        let envelope = &mut buffer.room_mut()[..end];
        envelope[start..].copy_from_slice(body);
        write_error(envelope, ErrorCode::Application, style).ok()?;
        Some(end)
    })
}

/// Writes a reply in the style of the request, and ends the call. Where there is no memory for it,
/// the host sees that nothing came.
fn reply(write: impl FnOnce(&mut Buffer, Style) -> Option<usize>) -> u64 {
    raw::with_runtime(|runtime| {
        let style = runtime.style.take().unwrap_or_default();
        let packed = runtime.write_reply(|buffer| write(buffer, style));
        runtime.leave();
        packed
    })
}
