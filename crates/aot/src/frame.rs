//! The native stack that a function takes, read from its code: all that it ever takes off the stack pointer, added up.
//!
//! It is for functions that the compiler did not compile here and says nothing of: those of its library.

use crate::bits::{bit, extend};

/// What the code takes of the stack at most, in bytes. `None` if it moves the stack pointer by an amount that is not in the instruction.
#[must_use]
pub fn thumb(code: &[u8]) -> Option<u32> {
    let mut halves = code.chunks_exact(2).map(|half| u32::from(u16::from_le_bytes([half[0], half[1]])));
    let mut bytes = 0;
    while let Some(first) = halves.next() {
        if first >> 11 < 0b11101 {
            bytes += narrow(first)?;
        } else {
            bytes += wide(first, halves.next()?)?;
        }
    }
    Some(bytes)
}

fn narrow(half: u32) -> Option<u32> {
    match half {
        0xb400..=0xb5ff => Some(4 * (half & 0x1ff).count_ones()),
        0xb080..=0xb0ff => Some(4 * (half & 0x7f)),
        // The sum of the stack pointer and a register.
        half if half & 0xff87 == 0x4485 => None,
        _ => Some(0),
    }
}

fn wide(first: u32, second: u32) -> Option<u32> {
    let low = (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xff;
    Some(match first {
        0xe92d => 4 * second.count_ones(),
        0xed2d => 4 * (second & 0xff),
        0xe96d => 4 * (second & 0xff),
        0xf84d if second & 0xf00 == 0xd00 => second & 0xff,
        0xf1ad | 0xf5ad if second & 0x8f00 == 0x0d00 => expand(low),
        0xf2ad | 0xf6ad if second & 0x8f00 == 0x0d00 => low,
        0xebad if second & 0x0f00 == 0x0d00 => return None,
        _ => 0,
    })
}

/// The constant of an instruction, which is eight bits, repeated or rotated.
fn expand(low: u32) -> u32 {
    let byte = low & 0xff;
    match low >> 8 {
        0 => byte,
        1 => byte * 0x0001_0001,
        2 => byte * 0x0100_0100,
        3 => byte * 0x0101_0101,
        _ => (0x80 | low & 0x7f).rotate_right(low >> 7),
    }
}

/// The same for RISC-V.
#[must_use]
pub fn riscv(code: &[u8]) -> Option<u32> {
    let mut halves = code.chunks_exact(2).map(|half| u32::from(u16::from_le_bytes([half[0], half[1]])));
    let mut bytes = 0;
    while let Some(first) = halves.next() {
        let moved = match first & 3 {
            3 => long(first | halves.next()? << 16)?,
            _ => short(first)?,
        };
        bytes += moved.min(0).unsigned_abs();
    }
    Some(bytes)
}

fn long(instruction: u32) -> Option<i32> {
    match instruction & 0xf_ffff {
        0x1_0113 => Some(instruction.cast_signed() >> 20),
        // The sum or the difference of the stack pointer and a register.
        0x1_0133 => None,
        _ => Some(0),
    }
}

fn short(half: u32) -> Option<i32> {
    let bit = |from, to| bit(half, from, to);
    match half {
        _ if half & 0xef83 == 0x6101 => {
            Some(extend(bit(12, 9) | bit(6, 4) | bit(5, 6) | bit(4, 8) | bit(3, 7) | bit(2, 5), 10))
        }
        _ if half & 0xef83 == 0x0101 => Some(extend(bit(12, 5) | half >> 2 & 31, 6)),
        // The sum of the stack pointer and a register.
        _ if half & 0xff83 == 0x9102 && half & 0x7c != 0 => None,
        _ => Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::{riscv, thumb};

    fn bytes(halves: &[u16]) -> Vec<u8> {
        halves.iter().flat_map(|half| half.to_le_bytes()).collect()
    }

    #[test]
    fn thumb_instructions_that_take_stack() {
        // push {r4, r7, lr}; sub sp, #8; push.w {r8-r11}; sub.w sp, sp, #512; subw sp, sp, #1023; vpush {d8-d15}; pop {r4, r7, pc}
        let code = [0xb590, 0xb082, 0xe92d, 0x0f00, 0xf5ad, 0x7d00, 0xf2ad, 0x3dff, 0xed2d, 0x8b10, 0xbd90];
        assert_eq!(thumb(&bytes(&code)), Some(12 + 8 + 16 + 512 + 1023 + 64));
        // str r4, [sp, #-4]!; strd r4, r5, [sp, #-16]!
        assert_eq!(thumb(&bytes(&[0xf84d, 0x4d04, 0xe96d, 0x4504])), Some(4 + 16));
        // add sp, r4
        assert_eq!(thumb(&bytes(&[0x44a5])), None);
    }

    #[test]
    fn risc_v_instructions_that_take_stack() {
        // addi sp, sp, -16; addi sp, sp, -64; addi sp, sp, -1024; addi sp, sp, 16
        assert_eq!(riscv(&bytes(&[0x1141, 0x7139, 0x0113, 0xc001, 0x0141])), Some(16 + 64 + 1024));
        // add sp, sp, t0
        assert_eq!(riscv(&bytes(&[0x9116])), None);
    }
}
