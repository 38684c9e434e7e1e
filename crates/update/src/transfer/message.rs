//! Messages: what a sender asks and what a device answers. `docs/UPDATES.md` has them byte by byte.

use crate::report::Report;
use crate::updater::Finished;

/// Version of the protocol.
pub const PROTOCOL_VERSION: u8 = 1;

/// Most bytes of a blob in one message.
pub const MAX_CHUNK: u16 = 512;

/// What a sender asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request<'a> {
    Hello { version: u8 },
    Offer { len: u32, header: &'a [u8] },
    Data { offset: u32, bytes: &'a [u8] },
    Finish,
    Abort,
}

/// What a device answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Ready { version: u8, chunk: u16, report: Report },
    Next { offset: u32 },
    Done { finished: Finished },
    Failed { code: u16 },
}

impl<'a> Request<'a> {
    pub(crate) const HELLO: u8 = 0x01;
    pub(crate) const OFFER: u8 = 0x02;
    pub(crate) const DATA: u8 = 0x03;
    pub(crate) const FINISH: u8 = 0x04;
    pub(crate) const ABORT: u8 = 0x05;

    /// Decodes a request and its tag.
    pub(crate) fn decode(message: &'a [u8]) -> Option<(u8, Self)> {
        let (&[kind, tag], rest) = message.split_first_chunk()?;
        let request = match (kind, rest) {
            (Self::HELLO, &[version]) => Self::Hello { version },
            (Self::OFFER, rest) => {
                let (len, header) = rest.split_first_chunk()?;
                Self::Offer { len: u32::from_le_bytes(*len), header }
            }
            (Self::DATA, rest) => {
                let (offset, bytes) = rest.split_first_chunk()?;
                Self::Data { offset: u32::from_le_bytes(*offset), bytes }
            }
            (Self::FINISH, []) => Self::Finish,
            (Self::ABORT, []) => Self::Abort,
            _ => return None,
        };
        Some((tag, request))
    }
}

impl Reply {
    const READY: u8 = 0x81;
    const NEXT: u8 = 0x82;
    const DONE: u8 = 0x83;
    const FAILED: u8 = 0x84;

    /// Encodes a reply. Returns the bytes and how many of them count.
    pub(crate) fn encode(&self, tag: u8) -> ([u8; 17], usize) {
        let mut bytes = [0; 17];
        bytes[1] = tag;
        let (kind, len) = match *self {
            Self::Ready { version, chunk, report } => {
                bytes[2] = version;
                bytes[3..5].copy_from_slice(&chunk.to_le_bytes());
                bytes[5..17].copy_from_slice(&report.encode());
                (Self::READY, 17)
            }
            Self::Next { offset } => {
                bytes[2..6].copy_from_slice(&offset.to_le_bytes());
                (Self::NEXT, 6)
            }
            Self::Done { finished } => {
                bytes[2] = match finished {
                    Finished::OnTrial => 0,
                    Finished::KeysChanged => 1,
                };
                (Self::DONE, 3)
            }
            Self::Failed { code } => {
                bytes[2..4].copy_from_slice(&code.to_le_bytes());
                (Self::FAILED, 4)
            }
        };
        bytes[0] = kind;
        (bytes, len)
    }

    /// Decodes a reply and its tag.
    pub(crate) fn decode(message: &[u8]) -> Option<(u8, Self)> {
        let (&[kind, tag], rest) = message.split_first_chunk()?;
        let reply = match (kind, rest) {
            (Self::READY, &[version, c0, c1, ref report @ ..]) => {
                let report = Report::decode(report.try_into().ok()?);
                Self::Ready { version, chunk: u16::from_le_bytes([c0, c1]), report }
            }
            (Self::NEXT, offset) => Self::Next { offset: u32::from_le_bytes(offset.try_into().ok()?) },
            (Self::DONE, [0]) => Self::Done { finished: Finished::OnTrial },
            (Self::DONE, [1]) => Self::Done { finished: Finished::KeysChanged },
            (Self::FAILED, code) => Self::Failed { code: u16::from_le_bytes(code.try_into().ok()?) },
            _ => return None,
        };
        Some((tag, reply))
    }
}
