//! The UF2 format: blocks of 512 bytes that a boot loader takes as files.

use crate::failure::{Failure, Kind, Outcome};
use crate::numbers::number_32;

/// Bytes of payload in a block, which the boot loaders of all families take.
const PAYLOAD: usize = 256;
const BLOCK: usize = 512;
/// Where the payload begins in a block, and the last word.
const AT: usize = 32;
const LAST: usize = BLOCK - 4;
const WITH_FAMILY: u32 = 0x2000;

/// The numbers of chip families, from the list that the format's authors keep.
const FAMILIES: [(&str, u32); 14] = [
    ("esp32", 0x1c5f_21b0),
    ("esp32c3", 0xd42b_a06c),
    ("esp32s2", 0xbfdd_4eee),
    ("esp32s3", 0xc47e_5767),
    ("nrf52840", 0xada5_2840),
    ("rp2040", 0xe48b_ff56),
    ("rp2350-arm-s", 0xe48b_ff59),
    ("rp2350-riscv", 0xe48b_ff5a),
    ("samd21", 0x68ed_2b88),
    ("samd51", 0x5511_4460),
    ("stm32f1", 0x5ee2_1072),
    ("stm32f4", 0x5775_5a57),
    ("stm32l4", 0x00ff_6919),
    ("stm32wb", 0x70d1_6653),
];

/// Returns the number of a family, by its name or as a number.
///
/// # Errors
/// [`Kind::Usage`], with the names.
pub fn family(name: &str) -> Outcome<u32> {
    let known =
        FAMILIES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, number)| *number);
    known.or_else(|| number_32(name).ok()).ok_or_else(|| {
        let names: Vec<&str> = FAMILIES.iter().map(|(name, _)| *name).collect();
        let message = format!("unknown family `{name}`: expected a number, or one of {}", names.join(", "));
        Failure::new(Kind::Usage, message)
    })
}

/// Wraps bytes that go to an address in flash. The rest of the last block is erased flash.
///
/// # Errors
/// [`Kind::Usage`] for an address that is no multiple of 256, or too high.
pub fn wrap(bytes: &[u8], base: u32, family: u32) -> Outcome<Vec<u8>> {
    let usage = |message: String| Failure::new(Kind::Usage, message);
    if !base.is_multiple_of(PAYLOAD as u32) {
        return Err(usage(format!("the base {base:#x} is not a multiple of {PAYLOAD}")));
    }
    let blocks = bytes.chunks(PAYLOAD);
    let count = u32::try_from(blocks.len()).unwrap_or(u32::MAX);
    let end = u64::from(base) + u64::from(count) * PAYLOAD as u64;
    if end > 1 << 32 {
        return Err(usage(format!("the file would end at {end:#x}, behind the last address")));
    }
    let mut wrapped = Vec::with_capacity(blocks.len() * BLOCK);
    for (number, payload) in (0..count).zip(blocks) {
        let address = base + number * PAYLOAD as u32;
        let words = [0x0a32_4655, 0x9e5d_5157, WITH_FAMILY, address, PAYLOAD as u32, number, count, family];
        let mut block = [0; BLOCK];
        block[..AT].copy_from_slice(&words.map(u32::to_le_bytes).concat());
        block[AT..AT + PAYLOAD].fill(0xff);
        block[AT..AT + payload.len()].copy_from_slice(payload);
        block[LAST..].copy_from_slice(&0x0ab1_6f30_u32.to_le_bytes());
        wrapped.extend(block);
    }
    Ok(wrapped)
}
