//! One call: the request on one side, the reply on the other.

use crate::args::{Argument, BadRequest, BorrowedArgument};
use crate::buffer::Buffer;
use crate::reply::{RawReply, ReplyValue};
use aingle_wasm_codec::{Envelope, Integrity, Style, ValueError, schema, value, write_header};
use aingle_wasm_types::{ErrorCode, Flags, Header, Version};
use bumpalo::Bump;
use core::cell::Cell;

/// One call as an export's shim sees it.
pub struct Call<'a> {
    arena: &'a Bump,
    payload: &'a [u8],
    /// What lies behind the arguments read so far.
    rest: &'a [u8],
    /// The reply's bytes: room for a header, and `len` bytes behind it.
    reply: Buffer,
    len: usize,
}

/// A reply that was written, or the reason that it could not be.
pub struct Reply(Result<Option<ErrorCode>, BadRequest>);

impl<'a> Call<'a> {
    /// The request's payload.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// The next argument, by value.
    ///
    /// # Errors
    /// [`BadRequest::Arguments`] when the request holds no such value.
    pub fn value<T: Argument<'a>>(&mut self) -> Result<T, BadRequest> {
        let (value, rest) = T::take(self.rest)?;
        self.rest = rest;
        Ok(value)
    }

    /// The next argument, to be borrowed from what is returned.
    ///
    /// # Errors
    /// As [`Call::value`].
    pub fn borrow<T: BorrowedArgument + ?Sized>(&mut self) -> Result<T::Holder<'a>, BadRequest> {
        let (holder, rest) = T::take(self.rest, self.arena)?;
        self.rest = rest;
        Ok(holder)
    }

    /// Checks that the request holds nothing behind the last argument.
    ///
    /// # Errors
    /// [`BadRequest::Arguments`] with the number of bytes left.
    pub fn finish(&self) -> Result<(), BadRequest> {
        match self.rest.len() {
            0 => Ok(()),
            found => Err(BadRequest::Arguments(ValueError::TrailingBytes { found })),
        }
    }

    /// Writes a typed result; an `Err` as an error envelope.
    pub fn reply<R: ReplyValue>(&mut self, result: &R) -> Reply {
        self.len = 0;
        Reply(match value::encode_to(result, |bytes| self.push(bytes)) {
            Ok(()) => {
                let is_err = const { schema::is_result::<R>() } && self.reply.room()[Header::LEN] == 1;
                Ok(is_err.then_some(ErrorCode::ApplicationTyped))
            }
            Err(ValueError::BufferTooSmall) => Err(BadRequest::OutOfMemory),
            Err(error) => Err(BadRequest::Arguments(error)),
        })
    }

    /// Writes a raw result.
    pub fn reply_raw<R: RawReply>(&mut self, result: R) -> Reply {
        self.len = 0;
        let (bytes, error) = match result.outcome() {
            Ok(bytes) => (bytes, None),
            Err(bytes) => (bytes, Some(ErrorCode::Application)),
        };
        Reply(if self.push(bytes) { Ok(error) } else { Err(BadRequest::OutOfMemory) })
    }

    fn push(&mut self, bytes: &[u8]) -> bool {
        let start = Header::LEN + self.len;
        let Some(end) = start.checked_add(bytes.len()) else { return false };
        if !self.reply.grow(end) {
            return false;
        }
        self.reply.room_mut()[start..end].copy_from_slice(bytes);
        self.len += bytes.len();
        true
    }
}

/// Answers one request: reads its envelope, runs the function, and writes the reply's envelope into
/// `reply`, of which the length is returned. What guards the request is noted in `integrity`, for calls to the host. A
/// notification that succeeded has none. Replies of at least
/// `lz4_threshold` bytes are compressed, where that is not 0.
pub(crate) fn answer<'a>(
    arena: &'a Bump,
    request: Option<&'a [u8]>,
    integrity: &Cell<Integrity>,
    lz4_threshold: u32,
    reply: &mut Buffer,
    run: &dyn Fn(&mut Call<'a>) -> Result<Reply, BadRequest>,
) -> Option<usize> {
    let mut style = Style::default();
    let mut wanted = true;
    let written = open(arena, request).and_then(|(envelope, payload)| {
        style = Style::of(envelope.header());
        integrity.set(style.integrity);
        // Older hosts do not say whether they wait.
        wanted = style.version == Version::V1 || envelope.flags().contains(Flags::EXPECTS_RESPONSE);
        let mut call = Call { arena, payload, rest: payload, reply: core::mem::take(reply), len: 0 };
        let result = run(&mut call);
        *reply = call.reply;
        Ok((result?.0?, call.len))
    });
    match written {
        Ok((None, _)) if !wanted => None,
        Ok((None, len)) => close(arena, reply, len, style, lz4_threshold),
        Ok((Some(code), len)) => close_error(reply, len, code, style),
        Err(bad) => refuse(reply, &bad, style),
    }
}

/// Checks the request's envelope and lends out its payload, decompressed where it must be.
pub(crate) fn open<'a>(
    arena: &'a Bump,
    request: Option<&'a [u8]>,
) -> Result<(Envelope<'a>, &'a [u8]), BadRequest> {
    let request = request.ok_or(BadRequest::NotARequest)?;
    let envelope = Envelope::decode(request, Integrity::Trusted).map_err(BadRequest::Envelope)?;
    envelope.refuse(UNREADABLE).map_err(BadRequest::Envelope)?;
    #[cfg(feature = "lz4")]
    if envelope.flags().contains(Flags::LZ4) {
        return Ok((envelope, decompress(arena, envelope.payload())?));
    }
    let _ = arena;
    Ok((envelope, envelope.payload()))
}

/// Flags that no request can carry to this guest.
const UNREADABLE: Flags = {
    let always = Flags::ENCRYPTED.with(Flags::ERROR);
    if cfg!(feature = "lz4") { always } else { always.with(Flags::LZ4) }
};

#[cfg(feature = "lz4")]
fn decompress<'a>(arena: &'a Bump, payload: &[u8]) -> Result<&'a [u8], BadRequest> {
    use aingle_wasm_codec::lz4;
    let limit = aingle_wasm_types::limits::DEFAULT_MAX_PAYLOAD as usize;
    let len = lz4::decoded_len(payload, limit).map_err(BadRequest::Envelope)?;
    let bytes = arena.try_alloc_slice_fill_copy(len, 0).map_err(|_| BadRequest::OutOfMemory)?;
    lz4::decompress_into(payload, bytes).map_err(BadRequest::Envelope)?;
    Ok(bytes)
}

/// Writes the header before a result of `len` bytes.
fn close(arena: &Bump, reply: &mut Buffer, len: usize, style: Style, lz4_threshold: u32) -> Option<usize> {
    let (len, flags) = match compress(arena, reply, len, lz4_threshold) {
        Some(len) => (len, Flags::LZ4),
        None => (len, Flags::NONE),
    };
    seal(reply, len, flags, style)
}

#[cfg(feature = "lz4")]
fn compress(arena: &Bump, reply: &mut Buffer, len: usize, threshold: u32) -> Option<usize> {
    use aingle_wasm_codec::lz4;
    if threshold == 0 || len < threshold as usize {
        return None;
    }
    let room = arena.try_alloc_slice_fill_copy(lz4::max_compressed_len(len), 0).ok()?;
    let payload = &mut reply.room_mut()[Header::LEN..Header::LEN + len];
    let len = lz4::compress_into(payload, room)?;
    payload[..len].copy_from_slice(&room[..len]);
    Some(len)
}

#[cfg(not(feature = "lz4"))]
fn compress(_: &Bump, _: &mut Buffer, _: usize, _: u32) -> Option<usize> {
    None
}

/// Writes code and header before an error's body of `len` bytes.
fn close_error(reply: &mut Buffer, len: usize, code: ErrorCode, style: Style) -> Option<usize> {
    if style.version == Version::V1 {
        return seal(reply, len, Flags::ERROR, style);
    }
    let body = Header::LEN + ErrorCode::PREFIX_LEN;
    if !reply.grow(body + len) {
        return None;
    }
    let room = reply.room_mut();
    room.copy_within(Header::LEN..Header::LEN + len, body);
    room[Header::LEN..body].copy_from_slice(&code.to_prefix());
    seal(reply, ErrorCode::PREFIX_LEN + len, Flags::ERROR, style)
}

/// Answers with the reason for which the request was refused.
fn refuse(reply: &mut Buffer, bad: &BadRequest, style: Style) -> Option<usize> {
    let text = words(bad);
    let code = match bad {
        BadRequest::OutOfMemory => ErrorCode::TooLarge,
        BadRequest::Envelope(aingle_wasm_codec::DecodeError::UnsupportedFlags { .. }) => {
            ErrorCode::Unsupported
        }
        _ => ErrorCode::BadRequest,
    };
    if !reply.grow(Header::LEN + text.len()) {
        return None;
    }
    reply.room_mut()[Header::LEN..Header::LEN + text.len()].copy_from_slice(text.as_bytes());
    close_error(reply, text.len(), code, style)
}

#[cfg(feature = "text")]
fn words(bad: &BadRequest) -> alloc::string::String {
    alloc::format!("{bad}")
}

/// The formatting of numbers is a good part of a small guest.
#[cfg(not(feature = "text"))]
fn words(bad: &BadRequest) -> &'static str {
    match bad {
        BadRequest::Envelope(_) => "envelope",
        BadRequest::Arguments(_) => "arguments",
        BadRequest::NotARequest => "not a request",
        BadRequest::OutOfMemory => "out of memory",
    }
}

fn seal(reply: &mut Buffer, len: usize, flags: Flags, style: Style) -> Option<usize> {
    if !reply.grow(Header::LEN + len) {
        return None;
    }
    let envelope = reply.room_mut().get_mut(..Header::LEN + len)?;
    write_header(envelope, flags, style).ok()?;
    Some(envelope.len())
}
