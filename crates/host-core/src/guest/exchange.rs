//! One crossing: the request's header before it, the reply's checks behind it.

use super::link::Link;
use super::place::{in_memory, payload_range};
use super::state::{Guest, Reply, State};
use crate::control_block::{block_at, word};
use crate::engine_instance::EngineInstance;
use crate::error::Error;
use crate::limits;
use crate::trap::Trap;
use aingle_wasm_codec::value::{Limits, Used};
use aingle_wasm_codec::{Cause, DecodeError, Envelope, FastPath, Format, ValueError, value, write_header};
use aingle_wasm_types::metering::reply_price;
use aingle_wasm_types::{ErrorCode, Flags, Header, Packed, Version, control_block};
use core::ops::Range;
use serde::de::DeserializeOwned;

impl<E: EngineInstance> Guest<E> {
    pub(super) fn exchange_bytes(&mut self, entry: usize, bytes: &[u8], flags: Flags) -> Result<(), Error> {
        #[cfg(feature = "lz4")]
        if let Some(len) = self.compress(bytes)? {
            let request = self.reserve(len);
            if let Ok(request) = &request {
                self.engine.memory()[payload_range(request)].copy_from_slice(&self.scratch[..len]);
            }
            self.empty_scratch();
            return self.exchange(entry, request?, flags.with(Flags::LZ4));
        }
        let request = self.reserve(bytes.len())?;
        self.engine.memory()[payload_range(&request)].copy_from_slice(bytes);
        self.exchange(entry, request, flags)
    }

    /// The payload's length when it is compressed, if that is wanted and makes it shorter.
    #[cfg(feature = "lz4")]
    #[inline]
    fn compress(&mut self, bytes: &[u8]) -> Result<Option<usize>, Error> {
        let wanted = matches!(self.link, Link::ControlBlock { lz4: true, .. });
        if !wanted || bytes.len() < self.config.lz4_threshold as usize {
            return Ok(None);
        }
        self.check_payload(bytes.len() as u64)?;
        Ok(self.compress_now(bytes))
    }

    /// A function of its own, because its tables take much of the stack.
    #[cfg(feature = "lz4")]
    #[inline(never)]
    fn compress_now(&mut self, bytes: &[u8]) -> Option<usize> {
        use aingle_wasm_codec::lz4;
        self.scratch.resize(lz4::max_compressed_len(bytes.len()), 0);
        let len = lz4::compress_into(bytes, &mut self.scratch);
        if len.is_none() {
            self.empty_scratch();
        }
        len
    }

    /// Writes the request's header, crosses, and checks what comes back.
    pub(super) fn exchange(
        &mut self,
        entry: usize,
        request: Range<usize>,
        flags: Flags,
    ) -> Result<(), Error> {
        let packed = Packed { ptr: request.start as u32, len: request.len() as u32 };
        let found = request.len() as u64;
        write_header(&mut self.engine.memory()[request], flags, self.format)
            .map_err(|_| Error::TooLarge { limit: u64::from(u32::MAX), found })?;
        let reply = self.cross(entry, packed)?;
        if let Some(payload) = self.fast_path(reply) {
            self.reply = Reply::InGuest(payload);
            return Ok(());
        }
        self.set_used(reply);
        if reply == Packed::NONE && !flags.contains(Flags::EXPECTS_RESPONSE) {
            return Ok(());
        }
        self.receive(reply).map_err(|error| self.poison(error))
    }

    fn cross(&mut self, entry: usize, request: Packed) -> Result<Packed, Error> {
        let entry = &self.entries[entry].function;
        let limits = self.limits.as_mut();
        let returned = limits::call(&mut self.engine, limits, entry, request.ptr, request.len);
        Ok(Packed::from_u64(returned.map_err(|trap| self.trapped(trap))?))
    }

    /// Returns the place of a reply's payload if the fast path accepts it. [`Guest::receive`] finds out about any other.
    #[inline]
    fn fast_path(&mut self, reply: Packed) -> Option<Range<usize>> {
        let limit = self.fast_path_len;
        let memory = self.engine.memory();
        let range = reply.range_in(memory.len())?;
        if reply.len > limit {
            return None;
        }
        let fast_path = FastPath::check(memory.get(range.clone())?)?;
        (fast_path.format() == self.format && !fast_path.expects_response).then(|| payload_range(&range))
    }

    /// Checks the reply: where it is, its envelope, what it says.
    #[inline(never)]
    fn receive(&mut self, reply: Packed) -> Result<(), Error> {
        if reply == Packed::NONE {
            return Err(Error::NoReply);
        }
        let negotiated = self.negotiated();
        let range = in_memory(reply, self.engine.memory().len())?;
        let limit = u64::from(self.config.max_payload);
        let found = (range.len() as u64).saturating_sub(Header::LEN as u64);
        if found > limit {
            return Err(Error::TooLarge { limit, found });
        }
        self.charge(reply_price(found))?;
        let memory = self.engine.memory();
        let envelope =
            Envelope::decode(&memory[range.clone()], self.format.checksum).map_err(Error::Reply)?;
        check_reply(&envelope, self.format, negotiated).map_err(Error::Reply)?;
        let payload = payload_range(&range);
        if envelope.flags().contains(Flags::ERROR) {
            let (error, body) = guest_error(&envelope)?;
            self.error_body = payload.end - body..payload.end;
            return Err(error);
        }
        #[cfg(feature = "lz4")]
        if envelope.flags().contains(Flags::LZ4) {
            self.decompress(payload)?;
            self.reply = Reply::InScratch;
            self.state = State::Holding;
            return Ok(());
        }
        self.reply = Reply::InGuest(payload);
        Ok(())
    }

    /// Decompresses a reply into the scratch buffer. The host takes time for all that it becomes, and charges it first.
    #[cfg(feature = "lz4")]
    fn decompress(&mut self, payload: Range<usize>) -> Result<(), Error> {
        use aingle_wasm_codec::lz4;
        let limit = u64::from(self.config.max_payload);
        let refused = |error| match error {
            DecodeError::DecodedTooLarge { declared, .. } if declared as u64 > limit => {
                Error::TooLarge { limit, found: declared as u64 }
            }
            error => Error::Reply(error),
        };
        let found = self.engine.memory().get(payload.clone()).unwrap_or_default();
        let decoded = lz4::decoded_len(found, limit as usize).map_err(refused)?;
        self.charge(reply_price(decoded as u64))?;
        let found = self.engine.memory().get(payload).unwrap_or_default();
        self.scratch = lz4::decompress(found, limit as usize).map_err(refused)?;
        Ok(())
    }

    /// Takes fuel off what the call has left, for what the host does with its reply.
    fn charge(&mut self, units: u64) -> Result<(), Error> {
        self.limits.as_mut().map_or(Ok(()), |limits| limits.charge(units)).map_err(Error::Trap)
    }

    /// The flags that host and guest agreed on: LZ4, if the host set a threshold and the guest published the feature.
    fn negotiated(&self) -> Flags {
        if matches!(self.link, Link::ControlBlock { lz4: true, .. }) { Flags::LZ4 } else { Flags::NONE }
    }

    pub(super) fn trapped(&mut self, trap: Trap) -> Error {
        self.state = State::Poisoned;
        let out_of_memory = if trap == Trap::Unreachable { self.out_of_memory() } else { None };
        match (trap, self.fault()) {
            (Trap::Unreachable, Some(message)) => {
                let len = message.len() as u32;
                self.error_body = message;
                out_of_memory.map_or(Error::Panic { len }, Error::Trap)
            }
            _ => Error::Trap(out_of_memory.unwrap_or(trap)),
        }
    }

    /// The want of memory for which the guest ended, where it and the engine tell of it.
    #[inline(always)]
    fn out_of_memory(&mut self) -> Option<Trap> {
        let limit = self.engine.memory_limit()?;
        let Link::ControlBlock { at, .. } = self.link else { return None };
        let asked = word(block_at(self.engine.memory(), at)?, control_block::ASKED).into();
        (asked != 0).then_some(Trap::OutOfMemory { limit, asked })
    }

    /// Where the message of the guest's panic lies, when there is one.
    fn fault(&mut self) -> Option<Range<usize>> {
        let Link::ControlBlock { at, .. } = self.link else { return None };
        let memory = self.engine.memory();
        let block = block_at(memory, at)?;
        let fault =
            Packed { ptr: word(block, control_block::FAULT_PTR), len: word(block, control_block::FAULT_LEN) };
        (fault.len != 0).then(|| fault.range_in(memory.len()))?
    }

    pub(super) fn poison(&mut self, error: Error) -> Error {
        if !error.instance_usable() {
            self.state = State::Poisoned;
        }
        error
    }
}

/// Checks that the reply is one: in the version of its request, and with the flags of a reply. LZ4 is one of them if
/// host and guest agreed on it. Older guests were never held to the flag of a request.
fn check_reply(envelope: &Envelope<'_>, format: Format, negotiated: Flags) -> Result<(), DecodeError> {
    envelope.expect(format.version)?;
    envelope.refuse(Flags::ENCRYPTED.with(Flags::LZ4).without(negotiated))?;
    if envelope.flags().contains(Flags::ERROR) {
        envelope.refuse(Flags::LZ4)?;
    }
    match format.version {
        Version::V1 => Ok(()),
        Version::V2 => envelope.refuse(Flags::EXPECTS_RESPONSE),
    }
}

/// The value of a typed error, whose body must not be an `Ok` in disguise.
pub(super) fn typed_error<R: DeserializeOwned>(
    body: &[u8],
    within: Limits,
    used: &mut Used,
) -> Result<R, ValueError> {
    match body.first() {
        Some(1) => value::decode_counted(body, within, used),
        _ => Err(ValueError::Malformed(Cause::Mark)),
    }
}

/// The error of an error envelope, and the length of its body.
fn guest_error(envelope: &Envelope<'_>) -> Result<(Error, usize), Error> {
    let payload = envelope.payload();
    let (code, body) = match envelope.header().version {
        Version::V1 => (ErrorCode::Application, payload),
        Version::V2 => ErrorCode::split(payload).ok_or(Error::Reply(DecodeError::ErrorPayload))?,
    };
    Ok((Error::Guest { code, len: body.len() as u32 }, body.len()))
}
