//! Packs SBUS frames, as a receiver does.

use failsafe::sbus::{FRAME_LEN, Sbus};

/// Packs a frame.
pub fn pack(frame: &Sbus) -> [u8; FRAME_LEN] {
    let mut bytes = [0; FRAME_LEN];
    bytes[0] = 0x0F;
    for (number, channel) in frame.channels.iter().enumerate() {
        for bit in (0..11).filter(|bit| channel >> bit & 1 == 1) {
            let at = number * 11 + bit;
            bytes[1 + at / 8] |= 1 << (at % 8);
        }
    }
    bytes[23] = u8::from(frame.lost) << 2 | u8::from(frame.failsafe) << 3;
    bytes
}
