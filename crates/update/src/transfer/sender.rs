//! The sender's side: bytes in, bytes out, and a clock that the caller reads.

use super::frame::{Frames, MAX_FRAME, encode};
use super::message::{MAX_CHUNK, PROTOCOL_VERSION, Reply, Request};
use super::send_error::{SendError, Stage};
use crate::report::Report;
use crate::updater::Finished;
use aingle_wasm_manifest::{Manifest, ParseError};

/// Time-outs in milliseconds, and how often a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// For the answer to a greeting or a chunk.
    pub chunk: u32,
    /// For the answer to an offer: the device verifies a signature and erases a slot.
    pub offer: u32,
    /// For the answer at the end: the device verifies the blob, and applies a delta.
    pub finish: u32,
    /// How often the same message is sent before the sender gives up.
    pub tries: u8,
    /// How often the sender offers the blob again when the device has lost the transfer, as by a restart,
    /// and how many answers it takes that ask for bytes that were sent already.
    pub restarts: u8,
}

impl Default for Timing {
    fn default() -> Self {
        Self { chunk: 1_000, offer: 60_000, finish: 120_000, tries: 5, restarts: 10 }
    }
}

/// What the caller has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send this many bytes of the buffer, then ask again.
    Send(usize),
    /// Wait for bytes, and ask again when some have come or at this time.
    WaitUntil(u64),
    /// The blob was sent.
    Done(Answer),
}

/// What the device said at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What has changed.
    pub finished: Finished,
}

/// How far the blob has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What the sender is at.
    pub stage: Stage,
    /// Bytes that the device has.
    pub sent: u32,
    /// Bytes of the blob.
    pub len: u32,
}

/// The sender's side of the protocol: one message under way, each answered, each sent again when no answer comes.
#[derive(Debug)]
pub struct Sender<'b> {
    blob: &'b [u8],
    header_len: usize,
    timing: Timing,
    frames: Frames,
    stage: Stage,
    chunk: usize,
    offset: u32,
    tag: u8,
    /// When the message under way was sent, and how often.
    sent: Option<u64>,
    tries: u8,
    restarts: u16,
    /// Answers that asked for a byte that was sent already.
    repeats: u16,
    report: Option<Report>,
    end: Option<Result<Answer, SendError>>,
}

impl<'b> Sender<'b> {
    /// Returns a sender of a blob, which begins with a manifest.
    ///
    /// # Errors
    ///
    /// If the blob is not one.
    pub fn new(blob: &'b [u8], timing: Timing) -> Result<Self, ParseError> {
        let len = u32::try_from(blob.len()).unwrap_or(u32::MAX);
        let header_len = Manifest::parse(blob, len)?.payload_offset() as usize;
        Ok(Self {
            blob,
            header_len,
            timing,
            frames: Frames::new(),
            stage: Stage::Greeting,
            chunk: 0,
            offset: 0,
            tag: 0,
            sent: None,
            tries: 0,
            restarts: 0,
            repeats: 0,
            report: None,
            end: None,
        })
    }

    /// Returns how far the blob has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { stage: self.stage, sent: self.offset, len: self.blob.len() as u32 }
    }

    /// Returns the report of the device's last update, once it has answered the greeting.
    #[must_use]
    pub fn report(&self) -> Option<Report> {
        self.report
    }

    /// Returns what to do next at a time in milliseconds. Bytes to send go into the buffer.
    ///
    /// # Errors
    ///
    /// If the blob cannot be sent. The same error comes again.
    pub fn poll(&mut self, now: u64, out: &mut [u8; MAX_FRAME]) -> Result<Next, SendError> {
        if let Some(end) = self.end {
            return end.map(Next::Done);
        }
        let timeout = match self.stage {
            Stage::Offering => self.timing.offer,
            Stage::Finishing => self.timing.finish,
            _ => self.timing.chunk,
        };
        if let Some(sent) = self.sent {
            let until = sent.saturating_add(timeout.into());
            if now < until {
                return Ok(Next::WaitUntil(until));
            }
        }
        if self.tries >= self.timing.tries {
            return self.fail(SendError::NoAnswer { stage: self.stage, tries: self.tries });
        }
        self.tries += 1;
        self.sent = Some(now);
        Ok(Next::Send(self.encode(out)))
    }

    /// Takes bytes from the device.
    pub fn receive(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let reply = self.frames.push(*byte).and_then(Reply::decode);
            if let Some((tag, reply)) = reply
                && tag == self.tag
                && self.end.is_none()
            {
                self.answered(reply);
            }
        }
    }

    fn encode(&self, out: &mut [u8; MAX_FRAME]) -> usize {
        let tag = self.tag;
        match self.stage {
            Stage::Greeting => encode(&[&[Request::HELLO, tag, PROTOCOL_VERSION]], out),
            Stage::Offering => {
                let len = (self.blob.len() as u32).to_le_bytes();
                encode(&[&[Request::OFFER, tag], &len, &self.blob[..self.header_len]], out)
            }
            Stage::Sending => {
                let start = self.offset as usize;
                let end = (start + self.chunk).min(self.blob.len());
                encode(&[&[Request::DATA, tag], &self.offset.to_le_bytes(), &self.blob[start..end]], out)
            }
            Stage::Finishing | Stage::Done => encode(&[&[Request::FINISH, tag]], out),
        }
    }

    /// Acts on the answer to the message under way.
    fn answered(&mut self, reply: Reply) {
        match (self.stage, reply) {
            (Stage::Greeting, Reply::Ready { version, chunk, report }) => {
                self.report = Some(report);
                if version != PROTOCOL_VERSION {
                    self.end = Some(Err(SendError::Version { expected: PROTOCOL_VERSION, found: version }));
                }
                self.chunk = chunk.clamp(1, MAX_CHUNK).into();
                self.go_to(Stage::Offering);
            }
            (Stage::Offering | Stage::Sending, Reply::Next { offset })
                if offset as usize <= self.blob.len() =>
            {
                if self.stage == Stage::Sending && offset <= self.offset {
                    self.repeats += 1;
                    if self.repeats > self.timing.restarts.into() {
                        self.end = Some(Err(SendError::NoProgress { offset, answers: self.repeats }));
                    }
                }
                self.offset = offset;
                let all = offset as usize == self.blob.len();
                self.go_to(if all { Stage::Finishing } else { Stage::Sending });
            }
            (Stage::Finishing, Reply::Done { finished }) => {
                self.go_to(Stage::Done);
                self.end = Some(Ok(Answer { finished }));
            }
            (Stage::Sending | Stage::Finishing, Reply::Failed { code: NO_TRANSFER }) => {
                self.restarts += 1;
                if self.restarts > self.timing.restarts.into() {
                    self.end = Some(Err(SendError::Restarts { limit: self.timing.restarts }));
                }
                self.go_to(Stage::Offering);
            }
            (_, Reply::Failed { code }) => self.end = Some(Err(SendError::Failed { code })),
            _ => {}
        }
    }

    fn go_to(&mut self, stage: Stage) {
        self.stage = stage;
        self.tag = self.tag.wrapping_add(1);
        self.sent = None;
        self.tries = 0;
    }

    fn fail(&mut self, error: SendError) -> Result<Next, SendError> {
        self.end = Some(Err(error));
        Err(error)
    }
}

/// Code of [`UpdateError::NoTransfer`](crate::UpdateError::NoTransfer): the device has restarted.
const NO_TRANSFER: u16 = 258;
