//! The device's side: bytes in, bytes out.

use super::frame::{Frames, MAX_FRAME, encode};
use super::message::{MAX_CHUNK, PROTOCOL_VERSION, Reply, Request};
use crate::error::UpdateError;
use crate::report::Report;
use crate::updater::{Finished, Updater};
use embedded_storage::nor_flash::NorFlash;

/// What receives a blob: an [`Updater`], or a relay that passes it on.
pub trait Sink {
    /// Offers a blob. Returns the first byte that is to be written.
    ///
    /// # Errors
    ///
    /// If the blob is not wanted.
    fn begin(&mut self, header: &[u8], len: u32) -> Result<u32, UpdateError>;

    /// Writes the next bytes.
    ///
    /// # Errors
    ///
    /// [`UpdateError::OutOfOrder`] names the next byte. If the bytes cannot be kept.
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), UpdateError>;

    /// Ends the transfer.
    ///
    /// # Errors
    ///
    /// If the blob is not what its manifest says.
    fn finish(&mut self) -> Result<Finished, UpdateError>;

    /// Gives up the transfer.
    ///
    /// # Errors
    ///
    /// If that cannot be written down.
    fn abort(&mut self) -> Result<(), UpdateError>;

    /// Returns the last thing that happened to an update.
    fn report(&self) -> Report;
}

impl<F: NorFlash> Sink for Updater<F> {
    fn begin(&mut self, header: &[u8], len: u32) -> Result<u32, UpdateError> {
        Self::begin(self, header, len)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), UpdateError> {
        Self::write(self, offset, bytes)
    }

    fn finish(&mut self) -> Result<Finished, UpdateError> {
        Self::finish(self)
    }

    fn abort(&mut self) -> Result<(), UpdateError> {
        Self::abort(self)
    }

    fn report(&self) -> Report {
        Self::report(self)
    }
}

/// What a byte brought about. For each event, the reply has to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Event {
    /// A sender is there.
    Greeted,
    /// A blob was accepted, from this byte on.
    Accepted {
        /// The first byte that is to come.
        offset: u32,
    },
    /// Bytes were written.
    Written {
        /// The next byte.
        offset: u32,
    },
    /// The transfer ended: restart to run a module on trial.
    Finished(Finished),
    /// A blob was refused, or could not be kept.
    Failed(UpdateError),
    /// The sender gave up.
    Aborted,
}

/// The device's side of the protocol. It has one buffer of [`MAX_FRAME`] bytes, and never waits.
#[derive(Clone, Debug)]
pub struct Receiver {
    frames: Frames,
    chunk: u16,
    timeout: u32,
    /// When a sender was last heard of, while a transfer is under way.
    heard: Option<u64>,
    reply: [u8; 32],
    reply_len: usize,
    /// The last message's tag, and what came of it.
    last: Option<(u8, Event)>,
}

impl Receiver {
    /// Returns a receiver that takes chunks of at most `chunk` bytes, a multiple of the flash's word and of 32. More
    /// than [`MAX_CHUNK`] is taken as that.
    #[must_use]
    pub const fn new(chunk: u16) -> Self {
        let chunk = if chunk > MAX_CHUNK { MAX_CHUNK } else { chunk };
        Self {
            frames: Frames::new(),
            chunk,
            timeout: 30_000,
            heard: None,
            reply: [0; 32],
            reply_len: 0,
            last: None,
        }
    }

    /// Sets after how many milliseconds without a message [`Receiver::is_idle`] says so. The default is 30,000.
    #[must_use]
    pub const fn timeout(mut self, milliseconds: u32) -> Self {
        self.timeout = milliseconds;
        self
    }

    /// Takes a byte from the sender at a time in milliseconds. If it ends a message, acts on it and returns what came
    /// of it: then send [`Receiver::reply`]. Bytes that are no message are passed over.
    pub fn push(&mut self, byte: u8, now: u64, sink: &mut impl Sink) -> Option<Event> {
        let (tag, request) = Request::decode(self.frames.push(byte)?)?;
        if let (Some((last, event)), false) = (self.last, matches!(request, Request::Hello { .. }))
            && last == tag
        {
            // The reply was lost, and the sender asks again.
            return Some(event);
        }
        let (event, reply) = act(request, self.chunk, sink);
        self.last = Some((tag, event));
        self.heard = match event {
            Event::Accepted { .. } | Event::Written { .. } => Some(now),
            _ => None,
        };
        let (bytes, len) = reply.encode(tag);
        let mut frame = [0; MAX_FRAME];
        let len = encode(&[&bytes[..len]], &mut frame).min(self.reply.len());
        self.reply[..len].copy_from_slice(&frame[..len]);
        self.reply_len = len;
        Some(event)
    }

    /// Returns the bytes to send after an event.
    #[must_use]
    pub fn reply(&self) -> &[u8] {
        &self.reply[..self.reply_len]
    }

    /// Returns whether a transfer is under way whose sender was not heard of for the time-out. What has come stays in
    /// flash: the same blob goes on where it stopped.
    #[must_use]
    pub fn is_idle(&self, now: u64) -> bool {
        self.heard.is_some_and(|heard| now.saturating_sub(heard) > u64::from(self.timeout))
    }
}

fn act(request: Request<'_>, chunk: u16, sink: &mut impl Sink) -> (Event, Reply) {
    let result = match request {
        Request::Hello { .. } => {
            let reply = Reply::Ready { version: PROTOCOL_VERSION, chunk, report: sink.report() };
            return (Event::Greeted, reply);
        }
        Request::Offer { len, header } => {
            sink.begin(header, len).map(|offset| (Event::Accepted { offset }, Reply::Next { offset }))
        }
        Request::Data { bytes, .. } if bytes.len() > usize::from(chunk) => {
            let found = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            Err(UpdateError::TooMuch { limit: chunk.into(), found })
        }
        Request::Data { offset, bytes } => match sink.write(offset, bytes) {
            Ok(()) => {
                let offset = offset.saturating_add(bytes.len() as u32);
                Ok((Event::Written { offset }, Reply::Next { offset }))
            }
            Err(UpdateError::OutOfOrder { expected: offset, .. }) => {
                Ok((Event::Written { offset }, Reply::Next { offset }))
            }
            Err(error) => Err(error),
        },
        Request::Finish => {
            sink.finish().map(|finished| (Event::Finished(finished), Reply::Done { finished }))
        }
        Request::Abort => sink.abort().map(|()| (Event::Aborted, Reply::Next { offset: 0 })),
    };
    result.unwrap_or_else(|error| (Event::Failed(error), Reply::Failed { code: error.code() }))
}
