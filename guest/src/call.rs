//! One call: the request on one side, the reply on the other.

use crate::args::{Argument, BadRequest, BorrowedArgument, RawPayload};
use crate::incoming::{self, Incoming};
use crate::outgoing::Outgoing;
use crate::reply::{RawReply, ReplyValue};
use crate::runtime::Run;
use aingle_wasm_codec::value::Sink;
use aingle_wasm_codec::{Style, ValueError, schema, value};
use aingle_wasm_types::{ErrorCode, Flags, Version};
use bumpalo::Bump;
use core::cell::Cell;

/// One call as an export's shim sees it.
pub struct Call<'a> {
    arena: &'a Bump,
    payload: &'a [u8],
    /// What lies behind the arguments read so far.
    rest: &'a [u8],
    reply: &'a mut Outgoing,
    /// Of the request's envelope, and so of the reply's.
    version: Version,
}

/// What was written as a reply: a result, or an error of this code; or the reason that nothing was.
pub struct Reply(Result<Option<ErrorCode>, BadRequest>);

impl<'a> Call<'a> {
    /// The request's payload.
    #[must_use]
    pub fn payload<P: RawPayload<'a>>(&self) -> P {
        P::new(self.payload)
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
        Reply(self.write(result))
    }

    fn write<R: ReplyValue>(&mut self, result: &R) -> Result<Option<ErrorCode>, BadRequest> {
        self.encode(None, result)?;
        let is_err = const { schema::is_result::<R>() } && self.reply.payload().first() == Some(&ERR);
        let code = is_err.then_some(ErrorCode::ApplicationTyped);
        if is_err {
            self.encode(code, result)?;
        }
        Ok(code)
    }

    fn encode<R: ReplyValue>(&mut self, code: Option<ErrorCode>, result: &R) -> Result<(), BadRequest> {
        if !self.reply.begin(code, self.version) {
            return Err(BadRequest::OutOfMemory);
        }
        value::encode_to(result, self.reply).map_err(|error| match error {
            ValueError::BufferTooSmall => BadRequest::OutOfMemory,
            error => BadRequest::Arguments(error),
        })
    }

    /// Writes a raw result.
    pub fn reply_raw<R: RawReply>(&mut self, result: R) -> Reply {
        let (bytes, code) = match result.outcome() {
            Ok(bytes) => (bytes, None),
            Err(bytes) => (bytes, Some(ErrorCode::Application)),
        };
        let written = self.reply.begin(code, self.version) && self.reply.push(bytes);
        Reply(if written { Ok(code) } else { Err(BadRequest::OutOfMemory) })
    }
}

/// How postcard begins a `Result` that is an `Err`.
const ERR: u8 = 1;

/// Answers one request: reads its envelope, runs the function, and writes the reply's envelope into
/// `reply`, of which the length is returned. The request's style is noted in `style`, for calls to the host
/// meanwhile. A notification that succeeded has no reply. Replies of at least `lz4_threshold` bytes are
/// compressed, where that is not 0.
pub(crate) fn answer(
    arena: &Bump,
    request: Option<&[u8]>,
    style: &Cell<Style>,
    lz4_threshold: u32,
    out: &mut Outgoing,
    run: Run<'_>,
) -> Option<usize> {
    let mut wanted = true;
    let written = open(arena, request).and_then(|Incoming { payload, flags, style: asked }| {
        let version = asked.version;
        style.set(asked);
        // Older hosts do not say whether they wait.
        wanted = version == Version::V1 || flags.contains(Flags::EXPECTS_RESPONSE);
        run(&mut Call { arena, payload, rest: payload, reply: &mut *out, version })?.0
    });
    let style = style.get();
    let flags = match written {
        Ok(None) if !wanted => None,
        Ok(None) => Some(compress(arena, out, lz4_threshold)),
        Ok(Some(_)) => Some(Flags::ERROR),
        Err(bad) => refuse(out, &bad, style.version).then_some(Flags::ERROR),
    };
    out.seal(flags?, style)
}

/// Checks the request's envelope, and decompresses its payload where it must be.
pub(crate) fn open<'a>(arena: &'a Bump, request: Option<&'a [u8]>) -> Result<Incoming<'a>, BadRequest> {
    let request = request.ok_or(BadRequest::NotARequest)?;
    let incoming = incoming::open(request, UNREADABLE).map_err(BadRequest::Envelope)?;
    #[cfg(feature = "lz4")]
    if incoming.flags.contains(Flags::LZ4) {
        return Ok(Incoming { payload: decompress(arena, incoming.payload)?, ..incoming });
    }
    let _ = arena;
    Ok(incoming)
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

/// Compresses the payload, where it is long enough and becomes shorter.
#[cfg(feature = "lz4")]
fn compress(arena: &Bump, out: &mut Outgoing, threshold: u32) -> Flags {
    use aingle_wasm_codec::lz4;
    let payload = out.payload_mut();
    if threshold == 0 || payload.len() < threshold as usize {
        return Flags::NONE;
    }
    let room = arena.try_alloc_slice_fill_copy(lz4::max_compressed_len(payload.len()), 0);
    let Some((room, len)) =
        room.ok().and_then(|room| lz4::compress_into(payload, room).map(|len| (room, len)))
    else {
        return Flags::NONE;
    };
    payload[..len].copy_from_slice(&room[..len]);
    out.truncate(len);
    Flags::LZ4
}

#[cfg(not(feature = "lz4"))]
fn compress(_: &Bump, _: &mut Outgoing, _: u32) -> Flags {
    Flags::NONE
}

/// Writes the reason for which the request was refused, where there is memory for it.
#[cold]
#[inline(never)]
fn refuse(out: &mut Outgoing, bad: &BadRequest, version: Version) -> bool {
    let code = match bad {
        BadRequest::OutOfMemory => ErrorCode::TooLarge,
        BadRequest::Envelope(aingle_wasm_codec::DecodeError::UnsupportedFlags { .. }) => {
            ErrorCode::Unsupported
        }
        _ => ErrorCode::BadRequest,
    };
    out.begin(Some(code), version) && out.push(words(bad).as_bytes())
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
