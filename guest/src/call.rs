//! One call: the request on one side, the reply on the other.

use crate::arena::Arena;
use crate::args::{Argument, BadRequest, BorrowedArgument, RawPayload};
use crate::incoming::{self, Incoming};
use crate::outgoing::Outgoing;
use crate::reply::{RawReply, ReplyValue};
use aingle_wasm_codec::value::Sink;
use aingle_wasm_codec::{FastPath, Format, ValueError, schema};
#[cfg(feature = "lz4")]
use aingle_wasm_types::Header;
use aingle_wasm_types::{ErrorCode, Flags, Version};
use core::cell::Cell;

/// One call as an export's shim sees it.
pub struct Call<'a> {
    arena: &'a Arena,
    payload: &'a [u8],
    /// The rest of the payload behind the arguments that were read so far.
    rest: &'a [u8],
    reply: &'a mut Outgoing,
    /// Of the request's envelope, and so of the reply's.
    version: Version,
}

/// What was written as a reply.
pub enum Reply {
    /// A result.
    Value,
    /// A result that is not written yet: so many bytes from the beginning of the payload.
    Payload(usize),
    /// The function's own error.
    Error,
}

/// What a shim does with a call. It is not a type parameter, so that a guest holds the code around it
/// once, however many exports it has.
pub(crate) type Run = for<'a> fn(&mut Call<'a>) -> Result<Reply, BadRequest>;

impl<'a> Call<'a> {
    /// The request's payload.
    #[must_use]
    pub fn payload<P: RawPayload<'a>>(&self) -> P {
        P::new(self.rest)
    }

    /// Returns the next argument, by value. `position` is its number, which an error names; the first is 1.
    ///
    /// # Errors
    /// [`BadRequest::Argument`] when the request holds no such value.
    pub fn value<T: Argument<'a>>(&mut self, position: u32) -> Result<T, BadRequest> {
        let (value, rest) =
            T::take(self.rest).map_err(|error| BadRequest::of_argument(position, error.into()))?;
        self.rest = rest;
        Ok(value)
    }

    /// Returns the next argument, to be borrowed from what is returned.
    ///
    /// # Errors
    /// As [`Call::value`], and [`BadRequest::OutOfMemory`].
    pub fn borrow<T: BorrowedArgument<'a> + ?Sized>(
        &mut self,
        position: u32,
    ) -> Result<T::Holder, BadRequest> {
        let taken = T::take(self.rest, self.arena.get());
        let (holder, rest) = taken.map_err(|bad| BadRequest::of_argument(position, bad))?;
        self.rest = rest;
        Ok(holder)
    }

    /// Checks that the request has no bytes behind the last argument.
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
    ///
    /// # Errors
    /// [`BadRequest`] when there is no memory for it, or it cannot be written.
    pub fn reply<R: ReplyValue>(&mut self, result: &R) -> Result<Reply, BadRequest> {
        self.encode(None, result)?;
        if const { schema::is_result::<R>() } && self.reply.payload().first() == Some(&ERR) {
            self.encode(Some(ErrorCode::ApplicationTyped), result)?;
            return Ok(Reply::Error);
        }
        Ok(Reply::Value)
    }

    fn encode<R: ReplyValue>(&mut self, code: Option<ErrorCode>, result: &R) -> Result<(), BadRequest> {
        if !self.reply.begin(code, self.version) {
            return Err(BadRequest::OutOfMemory);
        }
        self.reply.write(result).map_err(|error| match error {
            ValueError::BufferTooSmall => BadRequest::OutOfMemory,
            error => BadRequest::Result(error),
        })
    }

    /// Writes a raw result. One that is the beginning of the request's payload, in its place, needs no writing.
    ///
    /// # Errors
    /// [`BadRequest::OutOfMemory`].
    pub fn reply_raw<R: RawReply>(&mut self, result: R) -> Result<Reply, BadRequest> {
        let (bytes, code, reply) = match result.outcome() {
            Ok(bytes) if is_front(bytes, self.payload) => return Ok(Reply::Payload(bytes.len())),
            Ok(bytes) => (bytes, None, Reply::Value),
            Err(bytes) => (bytes, Some(ErrorCode::Application), Reply::Error),
        };
        let written = self.reply.begin(code, self.version) && self.reply.push(bytes);
        if written { Ok(reply) } else { Err(BadRequest::OutOfMemory) }
    }
}

/// Whether `bytes` are the beginning of `payload`, in the same place.
fn is_front(bytes: &[u8], payload: &[u8]) -> bool {
    !bytes.is_empty() && bytes.len() <= payload.len() && core::ptr::eq(bytes.as_ptr(), payload.as_ptr())
}

/// How postcard begins a `Result` that is an `Err`.
const ERR: u8 = 1;

/// What is left of a request when its envelope was read.
pub(crate) struct Request<'a> {
    pub(crate) payload: &'a [u8],
    /// The format of its reply, and of calls to the host meanwhile.
    pub(crate) format: Format,
    /// Whether the host waits for a reply.
    waits: bool,
}

/// Where the answer to a request is.
pub(crate) enum Answer {
    /// There is none: the request was a notification, or there was no memory.
    None,
    /// In `reply`.
    Reply,
    /// In the request: so many bytes of its payload, whose header is to be written.
    InRequest(usize, Format),
}

/// Answers one request: reads its envelope, runs the function, and writes the reply's envelope, unless that is the
/// request's. The request's format is noted in `format`. Replies of at least `lz4_threshold` bytes are compressed, where
/// that is not 0.
#[inline]
pub(crate) fn answer(
    arena: &Arena,
    request: Option<&[u8]>,
    reply: &mut Outgoing,
    format: &Cell<Format>,
    lz4_threshold: impl Fn() -> u32,
    run: Run,
) -> Answer {
    let Request { payload, format: asked, waits } = match open(arena, request) {
        Ok(request) => request,
        Err(bad) => {
            format.set(Format::default());
            return Answer::finished(refuse(reply, &bad, Format::default()));
        }
    };
    format.set(asked);
    let finished =
        match &run(&mut Call { arena, payload, rest: payload, reply: &mut *reply, version: asked.version }) {
            Ok(Reply::Value | Reply::Payload(_)) if !waits => false,
            Ok(Reply::Value) => {
                let flags = compress(arena, reply, lz4_threshold());
                reply.finish(flags, asked)
            }
            #[cfg(feature = "lz4")]
            &Ok(Reply::Payload(len)) if !stays(payload, request, len, lz4_threshold()) => {
                let written = reply.begin(None, asked.version) && reply.push(&payload[..len]);
                written && {
                    let flags = compress(arena, reply, lz4_threshold());
                    reply.finish(flags, asked)
                }
            }
            &Ok(Reply::Payload(len)) => return Answer::InRequest(len, asked),
            Ok(Reply::Error) => reply.finish(Flags::ERROR, asked),
            Err(bad) => refuse(reply, bad, asked),
        };
    Answer::finished(finished)
}

impl Answer {
    fn finished(finished: bool) -> Self {
        if finished { Self::Reply } else { Self::None }
    }
}

/// Whether a result that is the beginning of the payload stays where it is: it is not to be compressed, and the payload is behind its
/// request's header, and not in the arena, where it was decompressed to.
#[cfg(feature = "lz4")]
fn stays(payload: &[u8], request: Option<&[u8]>, len: usize, threshold: u32) -> bool {
    let behind = request.and_then(|request| request.get(Header::LEN..));
    let in_place = behind.is_some_and(|behind| core::ptr::eq(behind.as_ptr(), payload.as_ptr()));
    in_place && (threshold == 0 || len < threshold as usize)
}

/// Checks the request's envelope, and decompresses its payload where it must be.
#[inline(always)]
pub(crate) fn open<'a>(arena: &'a Arena, request: Option<&'a [u8]>) -> Result<Request<'a>, BadRequest> {
    match request.and_then(FastPath::check) {
        Some(fast_path) => Ok(Request {
            payload: fast_path.payload,
            format: fast_path.format(),
            waits: fast_path.expects_response,
        }),
        None => open_other(arena, request),
    }
}

/// Reads an envelope that does not take the fast path.
#[cold]
#[inline(never)]
fn open_other<'a>(arena: &'a Arena, request: Option<&'a [u8]>) -> Result<Request<'a>, BadRequest> {
    let request = request.ok_or(BadRequest::NotARequest)?;
    let Incoming { payload, flags, format } =
        incoming::open(request, UNREADABLE).map_err(BadRequest::Envelope)?;
    #[cfg(feature = "lz4")]
    let payload = if flags.contains(Flags::LZ4) { decompress(arena, payload)? } else { payload };
    let _ = arena;
    // Older hosts do not say whether they wait.
    let waits = format.version == Version::V1 || flags.contains(Flags::EXPECTS_RESPONSE);
    Ok(Request { payload, format, waits })
}

/// Flags that no request can carry to this guest.
const UNREADABLE: Flags = {
    let always = Flags::ENCRYPTED.with(Flags::ERROR);
    if cfg!(feature = "lz4") { always } else { always.with(Flags::LZ4) }
};

#[cfg(feature = "lz4")]
fn decompress<'a>(arena: &'a Arena, payload: &[u8]) -> Result<&'a [u8], BadRequest> {
    use aingle_wasm_codec::lz4;
    let limit = aingle_wasm_types::limits::DEFAULT_MAX_PAYLOAD as usize;
    let len = lz4::decoded_len(payload, limit).map_err(BadRequest::Envelope)?;
    let bytes = arena.get().try_alloc_slice_fill_copy(len, 0).map_err(|_| BadRequest::OutOfMemory)?;
    lz4::decompress_into(payload, bytes).map_err(BadRequest::Envelope)?;
    Ok(bytes)
}

/// Compresses the payload, where it is long enough and becomes shorter.
#[cfg(feature = "lz4")]
fn compress(arena: &Arena, out: &mut Outgoing, threshold: u32) -> Flags {
    if threshold == 0 || out.len() < threshold as usize { Flags::NONE } else { compress_long(arena, out) }
}

#[cfg(feature = "lz4")]
#[cold]
#[inline(never)]
fn compress_long(arena: &Arena, out: &mut Outgoing) -> Flags {
    use aingle_wasm_codec::lz4;
    let payload = out.payload_mut();
    let room = arena.get().try_alloc_slice_fill_copy(lz4::max_compressed_len(payload.len()), 0);
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
fn compress(_: &Arena, _: &mut Outgoing, _: u32) -> Flags {
    Flags::NONE
}

/// Replies with the reason for which the request was refused, where there is memory for it.
#[cold]
#[inline(never)]
fn refuse(out: &mut Outgoing, bad: &BadRequest, format: Format) -> bool {
    let code = match bad {
        BadRequest::OutOfMemory => ErrorCode::TooLarge,
        BadRequest::Result(_) => ErrorCode::BadResult,
        BadRequest::Envelope(aingle_wasm_codec::DecodeError::UnsupportedFlags { .. }) => {
            ErrorCode::Unsupported
        }
        _ => ErrorCode::BadRequest,
    };
    let written = out.begin(Some(code), format.version) && out.push(words(bad).as_bytes());
    written && out.finish(Flags::ERROR, format)
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
        BadRequest::Argument { .. } | BadRequest::Arguments(_) => "arguments",
        BadRequest::Result(_) => "result",
        BadRequest::NotARequest => "not a request",
        BadRequest::OutOfMemory => "out of memory",
    }
}
