//! Frames on a wire, and what an attacker makes of them.

use anyhow::{Context, Result};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;

/// Bytes before the payload, and behind it.
const HEADER: usize = 11;
const TAG: usize = 16;

/// The other end of a USART.
pub struct Port {
    stream: UnixStream,
    /// Bytes of the frame that is coming.
    frame: Vec<u8>,
}

impl Port {
    pub fn new(stream: UnixStream) -> Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream, frame: Vec::new() })
    }

    /// Returns the frames that are whole by now, without their zeros.
    pub fn receive(&mut self) -> Result<Vec<Vec<u8>>> {
        let mut frames = Vec::new();
        let mut bytes = [0; 512];
        loop {
            let len = match self.stream.read(&mut bytes) {
                Ok(len) => len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(frames),
                Err(error) => return Err(error.into()),
            };
            if len == 0 {
                return Ok(frames);
            }
            for byte in &bytes[..len] {
                match byte {
                    0 if self.frame.is_empty() => {}
                    0 => frames.push(std::mem::take(&mut self.frame)),
                    byte => self.frame.push(*byte),
                }
            }
        }
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).context("the board does not take its bytes")
    }

    /// Sends a frame between two zeros.
    pub fn send_frame(&mut self, frame: &[u8]) -> Result<()> {
        self.send(&[&[0], frame, &[0]].concat())
    }
}

/// An attack on a frame that was recorded. Returns what is sent in its place.
pub type Attack = fn(&[u8]) -> Result<Vec<u8>>;

/// Flips a bit of the payload.
pub fn forge_payload(frame: &[u8]) -> Result<Vec<u8>> {
    change(frame, |bytes| bytes[HEADER] ^= 1)
}

/// Flips a bit of the tag.
pub fn forge_tag(frame: &[u8]) -> Result<Vec<u8>> {
    change(frame, |bytes| {
        let last = bytes.len() - 1;
        bytes[last] ^= 0x80;
    })
}

/// Sets the counter far ahead.
pub fn forge_counter(frame: &[u8]) -> Result<Vec<u8>> {
    change(frame, |bytes| bytes[HEADER - 1] ^= 0x40)
}

/// Cuts the frame so that it is shorter than any.
pub fn truncate(frame: &[u8]) -> Result<Vec<u8>> {
    change(frame, |bytes| bytes.truncate(HEADER + TAG - 1))
}

/// Cuts the last byte: header and tag are there, and the tag is wrong.
pub fn truncate_by_one(frame: &[u8]) -> Result<Vec<u8>> {
    change(frame, |bytes| {
        bytes.pop();
    })
}

/// Names another association.
pub fn other_spi(frame: &[u8]) -> Result<Vec<u8>> {
    change(frame, |bytes| bytes[0] ^= 2)
}

/// Names another channel.
pub fn other_channel(frame: &[u8]) -> Result<Vec<u8>> {
    change(frame, |bytes| bytes[2] ^= 2)
}

/// Says that more bytes follow than do.
pub fn garble(_: &[u8]) -> Result<Vec<u8>> {
    Ok(vec![9, 1])
}

/// Has more bytes than any frame.
pub fn overlong(_: &[u8]) -> Result<Vec<u8>> {
    Ok(vec![1; 170])
}

fn change(frame: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Result<Vec<u8>> {
    let mut bytes = cobs::decode_vec(frame).ok().context("a board has sent what is not COBS")?;
    change(&mut bytes);
    Ok(cobs::encode_vec(&bytes))
}
