//! One side of a link.

use super::counters::{Counters, Dropped, add};
use super::epoch::{EpochStore, Epochs};
use super::error::LinkError;
use super::frame::{Frame, HEADER_LEN, Header, MAX_PAYLOAD, TAG_LEN, tag};
use super::framing::{Ended, Frames, MAX_WIRE, encode};
use super::window::{Verdict, Window};

/// Channel of greetings. No link has it for its packets.
pub const GREETING_CHANNEL: u8 = 0xFF;

/// What both sides of a link agree on. The other side has the two keys exchanged.
#[derive(Clone, Copy)]
pub struct Association {
    /// Security parameter index.
    pub spi: u16,
    /// Channel of the packets. Not 255.
    pub channel: u8,
    /// Key of what this side sends.
    pub send_key: [u8; 16],
    /// Key of what this side receives. Another one.
    pub receive_key: [u8; 16],
}

impl core::fmt::Debug for Association {
    /// Leaves the keys out.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Association")
            .field("spi", &self.spi)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// What a byte on the wire ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received<'a> {
    /// An authentic payload that was not accepted before.
    Payload(&'a [u8], Verdict),
    /// A greeting: the other side has restarted. This side goes on in an epoch that it accepts.
    Greeting,
    /// A frame that is not accepted.
    Dropped(Dropped),
}

/// One side of a link. Sends and receives payloads of at most [`MAX_PAYLOAD`] bytes. Does not block, except in its store.
#[derive(Debug)]
pub struct Link<S> {
    association: Association,
    store: S,
    epochs: Epochs,
    sequence: u32,
    window: Window,
    /// The epoch that may have been accepted before the restart.
    stale: u32,
    frames: Frames,
    counters: Counters,
}

impl<S: EpochStore> Link<S> {
    /// Opens a link. Reads the store, and stores the next epoch before anything is sent in it.
    ///
    /// # Errors
    ///
    /// [`LinkError::SameKey`] and [`LinkError::Channel`] for an association that is not safe, [`LinkError::Store`],
    /// [`LinkError::Exhausted`].
    pub fn open(association: Association, mut store: S) -> Result<Self, LinkError<S::Error>> {
        if association.send_key == association.receive_key {
            return Err(LinkError::SameKey);
        }
        if association.channel == GREETING_CHANNEL {
            return Err(LinkError::Channel { found: association.channel });
        }
        let epochs = store.load().map_err(LinkError::Store)?;
        let mut link = Self {
            association,
            store,
            epochs,
            sequence: 0,
            window: Window::above(u64::from(epochs.accepted) << 32 | u64::from(u32::MAX)),
            stale: epochs.accepted,
            frames: Frames::new(),
            counters: Counters::default(),
        };
        link.next_epoch(0)?;
        Ok(link)
    }

    /// Encodes a payload into a frame. Returns how many bytes of `out` to send. Writes to the store only after 2^32 - 1 frames.
    ///
    /// # Errors
    ///
    /// [`LinkError::Payload`]; after the last frame of an epoch [`LinkError::Store`] and [`LinkError::Exhausted`].
    pub fn send(&mut self, payload: &[u8], out: &mut [u8; MAX_WIRE]) -> Result<usize, LinkError<S::Error>> {
        self.encode(self.association.channel, payload, out)
    }

    /// Encodes a greeting: it asks the other side for an epoch that this side accepts. Returns how many bytes of `out` to send.
    ///
    /// # Errors
    ///
    /// As [`Self::send`].
    pub fn greet(&mut self, out: &mut [u8; MAX_WIRE]) -> Result<usize, LinkError<S::Error>> {
        let accepted = self.epochs.accepted.to_le_bytes();
        self.encode(GREETING_CHANNEL, &accepted, out)
    }

    /// Returns whether a frame was accepted since the restart. While it is not, send a greeting now and then.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.epochs.accepted != self.stale
    }

    /// Takes a byte from the wire. Returns what it ended, or `None`. Writes to the store when the other side begins an epoch, and for a
    /// greeting.
    pub fn push(&mut self, byte: u8) -> Option<Received<'_>> {
        let sent = counter(self.epochs.sent, self.sequence);
        let checked = match self.frames.push(byte)? {
            Ended::Garbled => Err(Dropped::Garbled),
            Ended::Overlong => Err(Dropped::Overlong),
            Ended::Frame(bytes) => self.association.check(bytes, sent),
        };
        Some(match checked.and_then(|(header, len)| self.accept(header, len)) {
            Err(dropped) => {
                self.counters.drop(dropped);
                Received::Dropped(dropped)
            }
            Ok(None) => Received::Greeting,
            Ok(Some((len, verdict))) => Received::Payload(self.frames.decoded(HEADER_LEN, len), verdict),
        })
    }

    /// Returns the counts since the link was opened.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Returns the epochs that are in the store.
    #[must_use]
    pub fn epochs(&self) -> Epochs {
        self.epochs
    }

    /// Accepts an authentic frame by its counter. Returns the length of its payload, or `None` for a greeting.
    fn accept(&mut self, header: Header, len: usize) -> Result<Option<(usize, Verdict)>, Dropped> {
        let epoch = (header.counter >> 32) as u32;
        let verdict = self.window.check(header.counter);
        match verdict {
            Verdict::Fresh | Verdict::Reordered => {}
            _ if epoch <= self.stale => return Err(Dropped::Stale { epoch }),
            Verdict::Replay => return Err(Dropped::Replayed { counter: header.counter }),
            Verdict::TooOld => return Err(Dropped::Delayed { counter: header.counter }),
        }
        let greeting = header.channel == GREETING_CHANNEL;
        let wanted = self.frames.decoded(HEADER_LEN, len).first_chunk().filter(|_| len == 4);
        let wanted = wanted.map(|bytes| u32::from_le_bytes(*bytes));
        if greeting && wanted.is_none() {
            return Err(Dropped::Greeting { found: len });
        }
        if epoch > self.epochs.accepted {
            self.keep(Epochs { accepted: epoch, ..self.epochs }).map_err(|_| Dropped::NotStored { epoch })?;
        }
        self.window.accept(header.counter);
        match (greeting, wanted, verdict) {
            (true, Some(wanted), _) => {
                add(&mut self.counters.greetings);
                self.answer(wanted).map_err(|_| Dropped::NotStored { epoch: wanted })?;
                return Ok(None);
            }
            (_, _, Verdict::Fresh) => add(&mut self.counters.fresh),
            _ => add(&mut self.counters.reordered),
        }
        Ok(Some((len, verdict)))
    }

    /// Goes on in an epoch above `accepted`, which the other side may have accepted before its restart.
    fn answer(&mut self, accepted: u32) -> Result<(), LinkError<S::Error>> {
        if self.epochs.sent <= accepted { self.next_epoch(accepted) } else { Ok(()) }
    }

    /// Stores the next epoch above `above`, and begins it.
    fn next_epoch(&mut self, above: u32) -> Result<(), LinkError<S::Error>> {
        let sent = self.epochs.sent.max(above).checked_add(1).ok_or(LinkError::Exhausted)?;
        self.keep(Epochs { sent, ..self.epochs })?;
        self.sequence = 0;
        Ok(())
    }

    fn keep(&mut self, epochs: Epochs) -> Result<(), LinkError<S::Error>> {
        self.store.store(epochs).map_err(LinkError::Store)?;
        self.epochs = epochs;
        Ok(())
    }

    fn encode(
        &mut self,
        channel: u8,
        payload: &[u8],
        out: &mut [u8; MAX_WIRE],
    ) -> Result<usize, LinkError<S::Error>> {
        let found = payload.len();
        if found > MAX_PAYLOAD {
            return Err(LinkError::Payload { found });
        }
        if self.sequence == u32::MAX {
            self.next_epoch(0)?;
        }
        self.sequence += 1;
        let counter = counter(self.epochs.sent, self.sequence);
        let header = Header { spi: self.association.spi, channel, counter };
        let mut covered = [0; HEADER_LEN + MAX_PAYLOAD];
        let covered = &mut covered[..HEADER_LEN + found];
        covered[..HEADER_LEN].copy_from_slice(&header.to_bytes());
        covered[HEADER_LEN..].copy_from_slice(payload);
        let tag = tag(&self.association.send_key, header, covered).ok_or(LinkError::Payload { found })?;
        encode(&[covered, &tag], out).ok_or(LinkError::Payload { found })
    }
}

impl Association {
    /// Checks a frame in the order of the specification: length, SPI, channel, tag. Returns its header and the length of its payload.
    fn check(&self, bytes: &[u8], sent: u64) -> Result<(Header, usize), Dropped> {
        let short = Dropped::Truncated { found: bytes.len(), expected: HEADER_LEN + TAG_LEN };
        let frame = Frame::parse(bytes).ok_or(short)?;
        let header = frame.header;
        if header.spi != self.spi {
            return Err(Dropped::Spi { found: header.spi, expected: self.spi });
        }
        if header.channel != self.channel && header.channel != GREETING_CHANNEL {
            return Err(Dropped::Channel { found: header.channel, expected: self.channel });
        }
        if frame.is_authentic(&self.receive_key) {
            return Ok((header, frame.payload_len));
        }
        // Only a counter that this side has used can be of a reflected frame.
        let reflected = header.counter <= sent && frame.is_authentic(&self.send_key);
        Err(if reflected { Dropped::Reflected } else { Dropped::Forged })
    }
}

/// Builds a counter: the epoch is in its upper 32 bits.
fn counter(epoch: u32, sequence: u32) -> u64 {
    u64::from(epoch) << 32 | u64::from(sequence)
}
