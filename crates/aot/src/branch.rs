//! Where the code of a function branches to, read from its instructions.

use crate::bits::{bit, extend};

/// The branches of a piece of code.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Branches {
    /// The addresses that it calls or jumps to.
    pub targets: Vec<u32>,
    /// Whether it calls or jumps to an address in a register, other than to return.
    pub indirect: bool,
}

/// The branches of Thumb code at an address.
#[must_use]
pub fn thumb(address: u32, code: &[u8]) -> Branches {
    let mut found = Branches::default();
    let mut at = 0;
    while let Some(first) = half(code, at) {
        let pc = address.wrapping_add(at as u32).wrapping_add(4);
        let mut jump = |offset: i32| found.targets.push(pc.wrapping_add_signed(offset));
        if first >> 11 < 0b11101 {
            match first {
                // Conditional; 0xde and 0xdf are no branches.
                0xd000..=0xddff => jump(extend((first & 0xff) << 1, 9)),
                0xe000..=0xe7ff => jump(extend((first & 0x7ff) << 1, 12)),
                // To the address in a register; the link register returns.
                0x4700..=0x477f => found.indirect |= first >> 3 & 15 != 14,
                0x4780..=0x47ff => found.indirect = true,
                _ => {}
            }
            at += 2;
            continue;
        }
        let Some(second) = half(code, at + 2) else { break };
        if first & 0xf800 == 0xf000 && second & 0x8000 != 0 {
            let (sign, one, two) = (first >> 10 & 1, second >> 13 & 1, second >> 11 & 1);
            if second & 0x1000 != 0 {
                // A call, or a jump.
                let (one, two) = (1 ^ one ^ sign, 1 ^ two ^ sign);
                let offset =
                    sign << 24 | one << 23 | two << 22 | (first & 0x3ff) << 12 | (second & 0x7ff) << 1;
                jump(extend(offset, 25));
            } else if first >> 6 & 15 < 14 && second & 0x4000 == 0 {
                // A conditional jump.
                let offset =
                    sign << 20 | two << 19 | one << 18 | (first & 0x3f) << 12 | (second & 0x7ff) << 1;
                jump(extend(offset, 21));
            }
        }
        at += 4;
    }
    found
}

/// The branches of RISC-V code at an address.
#[must_use]
pub fn riscv(address: u32, code: &[u8]) -> Branches {
    let mut found = Branches::default();
    let (mut at, mut upper) = (0, None);
    while let Some(first) = half(code, at) {
        let pc = address.wrapping_add(at as u32);
        if first & 3 != 3 {
            match first & 0xe003 {
                // `c.j` and `c.jal`.
                0xa001 | 0x2001 => found.targets.push(pc.wrapping_add_signed(compressed(first))),
                // `c.jr` and `c.jalr`; the first with the link register returns.
                0x8002 if first & 0x7c == 0 && first & 0xf80 != 0 => found.indirect |= first != 0x8082,
                _ => {}
            }
            (at, upper) = (at + 2, None);
            continue;
        }
        let Some(second) = half(code, at + 2) else { break };
        let word = first | second << 16;
        let (register, source) = (word >> 7 & 31, word >> 15 & 31);
        match word & 0x7f {
            0x6f => {
                let offset = (word >> 31) << 20
                    | (word >> 12 & 0xff) << 12
                    | (word >> 20 & 1) << 11
                    | (word >> 21 & 0x3ff) << 1;
                found.targets.push(pc.wrapping_add_signed(extend(offset, 21)));
            }
            0x67 => match upper {
                Some((loaded, base)) if loaded == source => {
                    found.targets.push(u32::wrapping_add_signed(base, word.cast_signed() >> 20));
                }
                _ => found.indirect |= source != 1 || register != 0,
            },
            _ => {}
        }
        upper = (word & 0x7f == 0x17).then(|| (register, pc.wrapping_add(word & 0xffff_f000)));
        at += 4;
    }
    found
}

fn half(code: &[u8], at: usize) -> Option<u32> {
    code.get(at..).and_then(<[u8]>::first_chunk).map(|half| u32::from(u16::from_le_bytes(*half)))
}

/// The offset of `c.j`.
fn compressed(half: u32) -> i32 {
    let bit = |from, to| bit(half, from, to);
    let high = bit(12, 11) | bit(8, 10) | bit(10, 9) | bit(9, 8) | bit(6, 7) | bit(7, 6);
    extend(high | bit(2, 5) | bit(11, 4) | bit(5, 3) | bit(4, 2) | bit(3, 1), 12)
}

#[cfg(test)]
mod tests {
    use super::{Branches, riscv, thumb};

    fn bytes(halves: &[u16]) -> Vec<u8> {
        halves.iter().flat_map(|half| half.to_le_bytes()).collect()
    }

    /// As an assembler encodes them, at address 0x1000.
    #[test]
    fn thumb_branches() {
        // bl 0x1100; b.w 0xf00; bne.w 0x1200; b 0x1020; beq 0x1000; bx lr
        let code = [0xf000, 0xf87e, 0xf7ff, 0xbf7c, 0xf040, 0x80fa, 0xe008, 0xd0f7, 0x4770];
        let targets = vec![0x1100, 0xf00, 0x1200, 0x1020, 0x1000];
        assert_eq!(thumb(0x1000, &bytes(&code)), Branches { targets, indirect: false });
        // blx r3; bx r2
        assert!(thumb(0, &bytes(&[0x4798])).indirect && thumb(0, &bytes(&[0x4710])).indirect);
    }

    #[test]
    fn risc_v_branches() {
        // jal ra, 0x1100; j 0xf00 (long); auipc t1, 0x1; jalr x0, 0x20(t1); c.j 0x1020; ret
        let code = [0x00ef, 0x1000, 0xf06f, 0xefdf, 0x1317, 0x0000, 0x0067, 0x0203, 0xa801, 0x8082];
        let targets = vec![0x1100, 0xf00, 0x2028, 0x1020];
        assert_eq!(riscv(0x1000, &bytes(&code)), Branches { targets, indirect: false });
        // jalr ra, 0(a0); c.jalr a5
        assert!(riscv(0, &bytes(&[0x00e7, 0x0005])).indirect && riscv(0, &bytes(&[0x9782])).indirect);
    }
}
