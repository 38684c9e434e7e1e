//! SBUS: 100,000 baud, 8E2, inverted; a frame of 25 bytes each 7 or 14 ms.
//!
//! Futaba publishes no specification. This is what receivers send and PX4 and ArduPilot read: `0F`, 16 channels of 11 bits with the lowest bit
//! first, flags, and `00` (`04`, `14`, `24` or `34` with SBUS2).

/// Bytes of a frame.
pub const FRAME_LEN: usize = 25;
/// First byte of a frame.
pub const HEADER: u8 = 0x0F;
/// Channels of 11 bits.
pub const CHANNELS: usize = 16;
/// Value of a stick in the middle. Sticks go from 172 to 1,811.
pub const MIDDLE: u16 = 992;

/// Flag: the receiver has lost a frame, and repeats older channels.
const LOST: u8 = 1 << 2;
/// Flag: the receiver has lost its transmitter.
const FAILSAFE: u8 = 1 << 3;

/// One frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sbus {
    /// Channels: 0 to 2,047 each.
    pub channels: [u16; CHANNELS],
    /// Whether the receiver has lost a frame. The channels are then older ones.
    pub lost: bool,
    /// Whether the receiver has lost its transmitter. The channels are then its presets.
    pub failsafe: bool,
}

/// Finds frames in bytes.
#[derive(Clone, Debug, Default)]
pub struct Parser {
    bytes: [u8; FRAME_LEN],
    filled: usize,
}

impl Parser {
    /// Takes a byte. Returns the frame that it ends, or `None`.
    ///
    /// If 25 bytes are no frame, the next one is looked for behind the first of them.
    pub fn push(&mut self, byte: u8) -> Option<Sbus> {
        if self.filled == 0 && byte != HEADER {
            return None;
        }
        *self.bytes.get_mut(self.filled)? = byte;
        self.filled += 1;
        if self.filled < FRAME_LEN {
            return None;
        }
        let frame = parse(&self.bytes);
        if frame.is_some() {
            self.filled = 0
        } else {
            self.shift()
        }
        frame
    }

    /// Drops bytes up to the next header.
    fn shift(&mut self) {
        let next = self.bytes.iter().skip(1).position(|byte| *byte == HEADER);
        let from = next.map_or(FRAME_LEN, |at| at + 1);
        self.bytes.copy_within(from.., 0);
        self.filled = FRAME_LEN - from;
    }
}

/// Reads 25 bytes, or returns `None` if they are no frame.
#[must_use]
pub fn parse(bytes: &[u8; FRAME_LEN]) -> Option<Sbus> {
    let [HEADER, data @ .., flags, end] = bytes else { return None };
    if !matches!(end, 0x00 | 0x04 | 0x14 | 0x24 | 0x34) {
        return None;
    }
    let mut channels = [0; CHANNELS];
    for (number, channel) in channels.iter_mut().enumerate() {
        *channel = bits(data, number * 11);
    }
    Some(Sbus { channels, lost: flags & LOST != 0, failsafe: flags & FAILSAFE != 0 })
}

/// Returns 11 bits, which are in two or three bytes.
fn bits(data: &[u8], at: usize) -> u16 {
    let byte = |number: usize| u32::from(data.get(at / 8 + number).copied().unwrap_or(0));
    let word = byte(0) | byte(1) << 8 | byte(2) << 16;
    (word >> (at % 8)) as u16 & 0x7FF
}
