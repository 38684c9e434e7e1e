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
use crate::call::{Request, open};
use crate::raw::with_runtime;
use crate::runtime::CallState;
use aingle_wasm_codec::Format;
use aingle_wasm_codec::value::Sink;
use aingle_wasm_types::{ErrorCode, Flags, Packed};
use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};

/// The payload of a request: bytes that can be used as a `[u8]`, and taken as a `Vec<u8>` without a copy.
///
/// It is a copy of the request. A function written by hand has no scope that a borrow could end with; `#[export]`
/// has one, and copies nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input(Vec<u8>);

impl Deref for Input {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Input {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl AsRef<[u8]> for Input {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Input> for Vec<u8> {
    fn from(input: Input) -> Self {
        input.0
    }
}

impl IntoIterator for Input {
    type Item = u8;
    type IntoIter = alloc::vec::IntoIter<u8>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Returns the payload of the request at `ptr`.
///
/// # Errors
/// [`BadRequest`] when there is no request at that place, or its envelope is refused.
pub fn host_args(ptr: u32, len: u32) -> Result<Input, BadRequest> {
    with_runtime(|runtime| {
        let input = runtime.with_call_state(|state| {
            runtime.format.set(Format::default());
            state.arena.empty();
            let Request { payload, format, .. } = open(&state.arena, state.request_buffer.at(ptr, len))?;
            runtime.format.set(format);
            let mut input = Vec::new();
            input.try_reserve_exact(payload.len()).map_err(|_| BadRequest::OutOfMemory)?;
            input.extend_from_slice(payload);
            Ok(Input(input))
        });
        input.unwrap_or(Err(BadRequest::NotARequest))
    })
}

/// Writes a reply of any size, and returns its address and length: the result of an entry point.
#[must_use]
pub fn return_ok(payload: impl AsRef<[u8]>) -> u64 {
    reply(payload.as_ref(), None)
}

/// Writes an error of any size, and returns its address and length: the result of an entry point.
#[must_use]
pub fn return_err(body: impl AsRef<[u8]>) -> u64 {
    reply(body.as_ref(), Some(ErrorCode::Application))
}

/// Writes a reply in the format of the request. If there is no memory for it, the host gets no reply.
fn reply(bytes: &[u8], error: Option<ErrorCode>) -> u64 {
    with_runtime(|runtime| {
        let format = runtime.format.get();
        let flags = if error.is_some() { Flags::ERROR } else { Flags::NONE };
        let packed = runtime.with_call_state(|CallState { reply, .. }| {
            let finished =
                reply.begin(error, format.version) && reply.push(bytes) && reply.finish(flags, format);
            finished.then(|| reply.packed())
        });
        packed.flatten().unwrap_or(Packed::NONE).to_u64()
    })
}
